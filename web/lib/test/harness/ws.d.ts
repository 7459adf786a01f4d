// What the suites use of the ws package.
declare module "ws" {
  export class WebSocket {
    constructor(url: string, protocols?: string[], options?: object);
  }
}
