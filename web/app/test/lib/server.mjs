// A real server for a suite: see server.pl.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export class Server {
  #id = 0
  #waiting = new Map()

  constructor(child, place) {
    this.child = child
    this.place = place
  }

  /** localhost, not 127.0.0.1: a service worker and keys need a secure context. */
  get url() {
    return `http://localhost:${this.place.port}/`
  }

  /** dist: another build than the one at hand; directives: beside those of every suite */
  static start(dist = '', directives = '') {
    const child = spawn('perl', [join(import.meta.dirname, 'server.pl'), dist, directives], { stdio: ['pipe', 'pipe', 'inherit'] })
    return new Promise((resolve, reject) => {
      let server = null
      child.on('exit', (status) => reject(new Error(`the server did not start: ${status}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        const said = JSON.parse(line)
        if (!server) {
          resolve((server = new Server(child, said)))
          return
        }
        const waiting = server.#waiting.get(said.id)
        server.#waiting.delete(said.id)
        if ('error' in said) waiting.reject(new Error(said.error))
        else waiting.resolve(said.ok)
      })
    })
  }

  ask(what) {
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.child.stdin.write(`${JSON.stringify({ id, ...what })}\n`)
    })
  }

  /** The code and the link of the newest of so many mails to an address. */
  async mail(to, many = 1) {
    const text = await this.ask({ do: 'mail', to, many })
    const code = /\b(\d{8})\b/.exec(text ?? '')?.[1]
    if (!code) throw new Error(`no mail with a code came to ${to}: ${text}`)
    return { code, link: /https?:\S+/.exec(text)?.[0] }
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.on('exit', resolve))
    this.child.stdin.end()
    await ended
  }
}
