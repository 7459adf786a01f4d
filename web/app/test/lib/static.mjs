// Serves built files with the headers that nginx's configuration says.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types = {
  '.html': 'text/html', '.js': 'application/javascript', '.css': 'text/css', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.txt': 'text/plain',
}

const conf = readFileSync(join(import.meta.dirname, '../../../../conf/web-headers.conf'), 'utf8')
const headers = [...conf.matchAll(/^add_header (\S+) (?:"([^"]*)"|(\S+?))(?: always)?;/gm)]
  .filter(([, name]) => name !== 'Cache-Control').map(([, name, quoted, bare]) => [name, quoted ?? bare])

export async function serve(dir) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).replace(/\/$/, '/index.html')
    const file = join(dir, path)
    for (const [name, value] of headers) response.setHeader(name, value)
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
    createReadStream(file).pipe(response)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((done) => { server.closeAllConnections(); server.close(done) }) }
}
