// The library's failures as reasons that the engine can act on.
import type { MlsReason } from './types.ts'

export class MlsError extends Error {
  override name = 'MlsError'
  constructor(readonly reason: MlsReason, message: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/** What our own callbacks threw, carried through the library unchanged. */
class Carried extends Error {
  constructor(readonly inner: unknown) {
    super('carried')
  }
}

export function carry<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw new Carried(error)
  }
}

// The library has no codes: these are its texts, held by tests of each reason.
const texts: readonly [RegExp, MlsReason][] = [
  [/Desired gen in the past/, 'replayed'],
  [/Desired generation too far/, 'undecryptable'],
  [/epoch too old/, 'epoch_too_old'],
  [/Could not validate epoch/, 'wrong_epoch'],
  [/Unable to find leafnode|Bad node index|after being removed/, 'unknown_member'],
  [/[Ss]ignature|confirmation tag|verify membership/, 'bad_signature'],
  [/No overlap|Could not decode senderdata|Could not decode PrivateMessageContent/, 'undecryptable'],
]

const names: Readonly<Record<string, MlsReason>> = {
  CryptoVerificationError: 'bad_signature',
  CryptoError: 'undecryptable',
  OperationError: 'undecryptable',
  CodecError: 'malformed',
  RangeError: 'malformed',
  TypeError: 'malformed',
  DataError: 'malformed',
}

/** Runs a step of the library; whatever it throws comes out as an MlsError. */
export async function typed<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof Carried) {
      throw error.inner
    }
    if (error instanceof MlsError) {
      throw error
    }
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
    const reason = texts.find(([text]) => text.test(message))?.[1] ?? names[name] ?? 'refused'
    throw new MlsError(reason, message, { cause: error })
  }
}
