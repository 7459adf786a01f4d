// Where sealed records are kept: keys that sort as text, values that only the
// holder of the sealing key can read.

export interface Op {
  key: string;
  /** null removes the record */
  value: Uint8Array | null;
}

export interface Backend {
  /** AES-GCM, 256 bits; made at the first call and kept. */
  key(): Promise<CryptoKey>;
  get(key: string): Promise<Uint8Array | null>;
  /** Records with from <= key < to, at most `limit`, from the start or from the end. */
  range(from: string, to: string, limit: number, fromEnd: boolean): Promise<Array<[string, Uint8Array]>>;
  /** The first `limit` keys with from <= key < to. */
  keys(from: string, to: string, limit: number): Promise<string[]>;
  /** All or none; resolved when a power cut can no longer undo it. */
  write(ops: readonly Op[]): Promise<void>;
  close(): void;
  /**
   * Removes everything, the sealing key first. What `left` seals with the next key
   * is written in the same step where keys and records lie together; else not at all.
   */
  wipe(left?: (key: CryptoKey) => Promise<Op[]>): Promise<void>;
}
