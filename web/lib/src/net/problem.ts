// Problems: refusals by the server (RFC 9457), and the client's own in the same form.

export interface Problem {
  code: string;
  title: string;
  status: number;
  retryable: boolean;
  /** seconds */
  retryAfter?: number;
  requestId?: string;
  /** members that belong to the code: parameter, bound, reason, attempts_left, … */
  details: Record<string, unknown>;
}

/** What a rejected promise of the client holds. */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title || problem.code);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get retryable(): boolean {
    return this.problem.retryable;
  }
}

/** A problem of the client's own. */
export function problem(code: string, title: string, details: Record<string, unknown> = {}): ProblemError {
  return new ProblemError({ code, title, status: 0, retryable: false, details });
}

/** The request may or may not have been carried out: the same again tells. */
export function unreachable(code: "offline" | "connection_lost" | "timeout" | "busy", title: string): ProblemError {
  return new ProblemError({ code, title, status: 0, retryable: true, details: {} });
}

/** From a problem's JSON; what isn't one becomes `bad_answer`. */
export function readProblem(body: unknown, status: number, retryAfter?: number): ProblemError {
  if (body === null || typeof body !== "object" || typeof (body as { code?: unknown }).code !== "string") {
    return new ProblemError({
      code: "bad_answer",
      title: "The server's answer can't be read.",
      status,
      retryable: status >= 500,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      details: {},
    });
  }
  const { code, title, retryable, request_id, type: _type, status: said, ...details } = body as Record<string, unknown>;
  const after = retryAfter ?? (typeof details.retry_after === "number" ? details.retry_after : undefined);
  return new ProblemError({
    code: code as string,
    title: typeof title === "string" ? title : (code as string),
    status: status || (typeof said === "number" ? said : 0),
    retryable: retryable === true,
    ...(after === undefined ? {} : { retryAfter: after }),
    ...(typeof request_id === "string" ? { requestId: request_id } : {}),
    details,
  });
}

export function codeOf(error: unknown): string {
  return error instanceof ProblemError ? error.code : "";
}
