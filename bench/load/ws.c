/* RFC 6455, a client's side: a browser's handshake and masked frames. */

#include "load.h"

#include <string.h>


void
load_ws_handshake(load_conn_t *c, const char *path, const char *token)
{
    int   n;
    char  text[2048];

    /* the headers of a browser of today: what a server keeps of them is its own affair */

    n = snprintf(text, sizeof(text),
                 "GET %s HTTP/1.1\r\n"
                 "Host: %s:%d\r\n"
                 "Connection: Upgrade\r\n"
                 "Pragma: no-cache\r\n"
                 "Cache-Control: no-cache\r\n"
                 "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
                 "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"
                 "Upgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Accept-Encoding: gzip, deflate, br, zstd\r\n"
                 "Accept-Language: en-GB,en;q=0.9\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                 "%s%s%s\r\n",
                 path, load_opt.host, load_opt.port,
                 token ? "Authorization: Bearer " : "", token ? token : "",
                 token ? "\r\n" : "");

    if (n < 0 || (size_t) n >= sizeof(text)) {
        load_failed("a handshake over %zu bytes", sizeof(text));
        return;
    }

    load_write(c, text, (size_t) n);
}


long
load_ws_switched(load_conn_t *c, const char *data, size_t len)
{
    const char  *end;

    end = memmem(data, len, "\r\n\r\n", 4);

    if (end == NULL) {
        return (len > 16384) ? -1 : 0;
    }

    if (len < 12 || memcmp(data, "HTTP/1.1 101", 12) != 0) {
        c->status = (len >= 12) ? (data[9] - '0') * 100 + (data[10] - '0') * 10 + data[11] - '0' : 0;
        return -1;
    }

    return end + 4 - data;
}


char *
load_ws_begin(load_conn_t *c, int opcode, size_t len)
{
    char      *p;
    size_t     head;
    uint32_t   key;

    head = (len < 126) ? 6 : (len < 65536) ? 8 : 14;
    p = load_reserve(c, head + len);

    if (p == NULL) {
        return NULL;
    }

    p[0] = (char) (0x80 | opcode);

    if (len < 126) {
        p[1] = (char) (0x80 | len);

    } else if (len < 65536) {
        p[1] = (char) (0x80 | 126);
        p[2] = (char) (len >> 8);
        p[3] = (char) len;

    } else {
        p[1] = (char) (0x80 | 127);
        memset(p + 2, 0, 4);
        p[6] = (char) (len >> 24);
        p[7] = (char) (len >> 16);
        p[8] = (char) (len >> 8);
        p[9] = (char) len;
    }

    key = (uint32_t) load_random();
    memcpy(p + head - 4, &key, 4);

    load_commit(c, head + len);

    return p + head;
}


void
load_ws_end(load_conn_t *c, char *body, size_t len)
{
    size_t    i;
    uint32_t  key;
    uint64_t  wide, word;

    (void) c;

    memcpy(&key, body - 4, 4);
    wide = (uint64_t) key << 32 | key;

    for (i = 0; i + 8 <= len; i += 8) {
        memcpy(&word, body + i, 8);
        word ^= wide;
        memcpy(body + i, &word, 8);
    }

    for ( ; i < len; i++) {
        body[i] ^= ((char *) &key)[i % 4];
    }
}


long
load_ws_frame(const char *data, size_t len, int *opcode, char **body, size_t *body_len)
{
    size_t                n, head, i;
    const unsigned char  *p = (const unsigned char *) data;

    if (len < 2) {
        return 0;
    }

    n = p[1];
    head = 2;

    if (!(p[0] & 0x80) || n & 0x80) {
        return -1;                      /* this server never fragments nor masks */
    }

    if (n == 126) {
        head = 4;

        if (len < head) {
            return 0;
        }

        n = (size_t) p[2] << 8 | p[3];

    } else if (n == 127) {
        head = 10;

        if (len < head) {
            return 0;
        }

        for (n = 0, i = 2; i < 10; i++) {
            n = n << 8 | p[i];
        }

        if (n > LOAD_IN_MAX) {
            return -1;
        }
    }

    if (len < head + n) {
        return 0;
    }

    *opcode = p[0] & 15;
    *body = (char *) data + head;
    *body_len = n;

    return (long) (head + n);
}
