// Payload frames: 4 bytes of length (big-endian), a JSON header of that length
// whose `size` is the payload's length, the payload.

import { concat, fromUtf8, utf8 } from "./bytes.ts";

export interface Frame<H = Record<string, unknown>> {
  header: H & { size: number };
  payload: Uint8Array;
}

/** Headers of the server have at most this many bytes. */
const HEADER_MAX = 1024 * 1024;

export class FrameError extends Error {
  override name = "FrameError";
}

export function encodeFrame(header: object, payload: Uint8Array): Uint8Array {
  const head = utf8(JSON.stringify({ ...header, size: payload.length }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  return concat([length, head, payload]);
}

/** The frame at `at`, and where the next one starts. */
function decodeAt(bytes: Uint8Array, at: number): { frame: Frame; next: number } {
  if (bytes.length - at < 4) throw new FrameError("a frame ends within its length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(at);
  const start = at + 4 + length;
  if (length > HEADER_MAX || start > bytes.length) throw new FrameError("a frame's header is cut or too long");

  let header: unknown;
  try {
    header = JSON.parse(fromUtf8(bytes.subarray(at + 4, start)));
  } catch {
    throw new FrameError("a frame's header is not JSON");
  }
  const size = header !== null && typeof header === "object" ? (header as { size?: unknown }).size : undefined;
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new FrameError("a frame's header has no size");
  const next = start + (size as number);
  if (next > bytes.length) throw new FrameError("a frame's payload is cut");

  return { frame: { header: header as Frame["header"], payload: bytes.slice(start, next) }, next };
}

/** One frame and nothing after it. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const { frame, next } = decodeAt(bytes, 0);
  if (next !== bytes.length) throw new FrameError("there is more than one frame");
  return frame;
}

/** All frames of a body; they end where it ends. */
export function decodeFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { frame, next } = decodeAt(bytes, at);
    frames.push(frame);
    at = next;
  }
  return frames;
}
