// What the network gives: the API's operations, the line, frames, problems.
export * from "./bytes.ts";
export { decodeFrame, decodeFrames, encodeFrame, FrameError, type Frame } from "./frame.ts";
export { codeOf, problem, ProblemError, readProblem, unreachable, type Problem } from "./problem.ts";
export { FRAMES, Http, type Fetch } from "./http.ts";
export { Api } from "./api.ts";
export { Line, type LineHandlers, type LineState, type Verdict } from "./line.ts";
export type { MakeWebSocket, WebSocketLike } from "./socket.ts";
export type * as wire from "./api-types.ts";
