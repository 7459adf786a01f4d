// Ours and theirs in one group: each step is a promise of RFC 9420's.
import { Ours } from './ours.ts'
import { Theirs } from './theirs.ts'

export interface Step {
  name: string
  error: string | null
}

const uuid = () => crypto.randomUUID()
const device = (n: number) => n.toString(16).padStart(16, '0')
const ourIdentity = (n: number) => `${uuid()}:${device(n)}@example.org`

function same(a: unknown, b: unknown): void {
  if (String(a) !== String(b)) {
    throw new Error(`${String(a)} is not ${String(b)}`)
  }
}

async function fails(step: Promise<unknown>): Promise<void> {
  if (await step.then(() => true, () => false)) {
    throw new Error('was taken')
  }
}

function steps(): { list: Step[]; step: (name: string, run: () => Promise<void>) => Promise<void> } {
  const list: Step[] = []
  return {
    list,
    step: async (name, run) => {
      try {
        await run()
        list.push({ name, error: null })
      } catch (error) {
        const { message, stack } = error as Error
        list.push({ name, error: `${message || error}\n${stack}`.slice(0, 1500) })
      }
    },
  }
}

/** A group of ours that they join, work in and leave. */
async function ourGroup(step: ReturnType<typeof steps>['step']): Promise<void> {
  const a = await Ours.make(ourIdentity(1))
  const wireId = uuid()
  const b = await Theirs.make(wireId, device(2))
  const third = ourIdentity(3)
  const c = await Ours.make(third)
  const fourth = await Theirs.make(uuid(), device(4))
  await a.create(crypto.getRandomValues(new Uint8Array(20)))

  await step('they take our Welcome', async () => {
    const { welcome } = await a.commit([await b.keyPackage()])
    await b.welcome(welcome!)
    same(await b.epoch, a.epoch)
  })
  await step('messages go both ways, and both export the same secret', async () => {
    same(await b.process(await a.encrypt('from us')), 'from us')
    same(await a.process(await b.encrypt('from them')), 'from them')
    same(await b.exported(32), await a.exported(32))
  })
  await step('we take their Add, and a device of ours their Welcome', async () => {
    const { commit, welcome } = await b.add([c.packed])
    await a.process(commit)
    await c.welcome(welcome)
    same(await c.process(await b.encrypt('hello c')), 'hello c')
    same(await b.process(await c.encrypt('hello b')), 'hello b')
  })
  await step('they take our update path', async () => {
    const { commit } = await a.commit([])
    await b.process(commit)
    await c.process(commit)
    same(await b.exported(32), await a.exported(32))
  })
  await step('we take their update path', async () => {
    const commit = await b.update()
    await a.process(commit)
    await c.process(commit)
    same(await a.process(await b.encrypt('updated')), 'updated')
  })
  await step('they take an Add and a Remove in one commit of ours', async () => {
    const { commit, welcome } = await a.commit([await fourth.keyPackage()], [c.leafOf(third)])
    await b.process(commit)
    await fourth.welcome(welcome!)
    same(await b.process(await a.encrypt('without c')), 'without c')
    same(await a.process(await fourth.encrypt('I am new')), 'I am new')
  })
  await step('who was removed reads nothing more, whoever commits', async () => {
    await fails(c.process(await b.encrypt('without c')))
    await fails(c.process(await a.encrypt('without c')))
  })
  await step('we take their Remove, and follow', async () => {
    const commit = await b.remove(fourth.identity)
    await a.process(commit)
    same(await a.process(await b.encrypt('two of us')), 'two of us')
    await fails(fourth.process(await a.encrypt('two of us')))
  })
  await step('they join by our GroupInfo', async () => {
    const d = await Theirs.make(uuid(), device(5))
    const commit = await d.joinExternal(await a.groupInfo())
    await a.process(commit)
    await b.process(commit)
    same(await a.process(await d.encrypt('by myself')), 'by myself')
    same(await d.process(await b.encrypt('welcome')), 'welcome')
  })
  await step('an encrypted commit: they refuse it by policy, so ours are public', async () => {
    const { commit } = await a.commit([], [], false)
    await fails(b.process(commit))
  })
}

/** A group of theirs that we join. */
async function theirGroup(step: ReturnType<typeof steps>['step']): Promise<void> {
  const b = await Theirs.make(uuid(), device(1))
  const a = await Ours.make(ourIdentity(2))
  const c = await Ours.make(ourIdentity(3))
  await b.create(crypto.getRandomValues(new Uint8Array(20)))
  await step('we take their Welcome into a group that they made', async () => {
    const { welcome } = await b.add([a.packed])
    await a.welcome(welcome)
    same(await a.process(await b.encrypt('come in')), 'come in')
    same(await b.process(await a.encrypt('thank you')), 'thank you')
  })
  await step('we join by their GroupInfo', async () => {
    const commit = await c.joinExternal(b.groupInfo)
    await b.process(commit)
    await a.process(commit)
    same(await b.process(await c.encrypt('by myself')), 'by myself')
    same(await c.process(await b.encrypt('welcome')), 'welcome')
    same(await a.exported(32), await b.exported(32))
  })
}

/** Parents that list different unmerged leaves: what our change to the library is for. */
async function unmerged(step: ReturnType<typeof steps>['step']): Promise<void> {
  const everyone = await Promise.all(Array.from({ length: 7 }, (_, i) => Ours.make(ourIdentity(i + 1))))
  const [a, ...others] = everyone as [Ours, ...Ours[]]
  const theirs = await Theirs.make(uuid(), device(8))
  await a.create(crypto.getRandomValues(new Uint8Array(20)))
  const all = async (commit: Bytes, by: Ours | Theirs, members: (Ours | Theirs)[]) => {
    for (const member of members.filter((one) => one !== by)) {
      await member.process(commit)
    }
  }
  const first = await a.commit([...others.map(({ packed }) => packed), await theirs.keyPackage()])
  for (const other of others) {
    await other.welcome(first.welcome!)
  }
  await theirs.welcome(first.welcome!)
  const gone = others[0]!
  const left = [a, ...others.slice(1), theirs]
  await all((await a.commit([])).commit, a, [...left, gone])
  await all((await others[4]!.commit([], [1])).commit, others[4]!, left)
  await all((await a.commit([])).commit, a, left)

  const [e, f, g] = [await Ours.make(ourIdentity(9)), await Ours.make(ourIdentity(10)), await Theirs.make(uuid(), device(11))]
  await step('they join a tree whose parents list different unmerged leaves', async () => {
    const adding = await a.commit([e.packed])
    await all(adding.commit, a, left)
    await e.welcome(adding.welcome!)
    await all(await theirs.update(), theirs, [...left, e])
    const adding2 = await a.commit([await g.keyPackage()])
    await all(adding2.commit, a, [...left, e])
    await g.welcome(adding2.welcome!)
    same(await e.process(await g.encrypt('here')), 'here')
  })
  await step('we join it by their Welcome', async () => {
    const adding = await theirs.add([f.packed])
    await all(adding.commit, theirs, [...left, e, g])
    await f.welcome(adding.welcome)
    same(await g.process(await f.encrypt('me too')), 'me too')
    same(await f.exported(32), await theirs.exported(32))
  })
}

type Bytes = Uint8Array

export async function run(): Promise<Step[]> {
  const { list, step } = steps()
  await ourGroup(step)
  await theirGroup(step)
  await unmerged(step)
  return list
}
