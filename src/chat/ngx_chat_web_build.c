/* chat_web_build: which build of the web client this server hands out, as GET server tells it. */

#include <ngx_http.h>

#include <sodium.h>

#include "ngx_chat.h"


#define NGX_CHAT_WEB_BUILD_FILE     65536   /* bytes of build.txt */
#define NGX_CHAT_WEB_BUILD_HASH     (2 * crypto_hash_sha256_BYTES)


static char *ngx_chat_web_build_file(ngx_conf_t *cf, ngx_str_t *path,
    ngx_str_t *hash);
static ngx_uint_t ngx_chat_web_build_valid(ngx_str_t *hash);


/* chat_web_build HASH | file:PATH; */

char *
ngx_chat_web_build(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_auth_conf_t  *acf = conf;

    ngx_str_t  *value, path;

    if (acf->web_build.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strncmp(value[1].data, "file:", 5) == 0) {
        path.data = value[1].data + 5;
        path.len = value[1].len - 5;

        return ngx_chat_web_build_file(cf, &path, &acf->web_build);
    }

    if (!ngx_chat_web_build_valid(&value[1])) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"chat_web_build\" \"%V\": write file: and "
                           "the path of the web client's build.txt, or the "
                           "%d hexadecimal digits of its SHA-256",
                           &value[1], (int) NGX_CHAT_WEB_BUILD_HASH);
        return NGX_CONF_ERROR;
    }

    acf->web_build = value[1];

    return NGX_CONF_OK;
}


/* The file names each file of the client with its hash, so its own hash names the build. */

static char *
ngx_chat_web_build_file(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *hash)
{
    u_char    *buf, digest[crypto_hash_sha256_BYTES];
    ssize_t    n;
    ngx_fd_t   fd;
    ngx_err_t  err;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "file \"%V\" of \"chat_web_build\" can't be opened, "
                           "it is the build.txt beside the web client's "
                           "index.html", path);
        return NGX_CONF_ERROR;
    }

    buf = ngx_pnalloc(cf->temp_pool, NGX_CHAT_WEB_BUILD_FILE + 1);
    n = buf == NULL ? -1 : ngx_read_fd(fd, buf, NGX_CHAT_WEB_BUILD_FILE + 1);
    err = ngx_errno;

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    if (n <= 0 || n > NGX_CHAT_WEB_BUILD_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, n == -1 ? err : 0,
                           "file \"%V\" of \"chat_web_build\" must be a "
                           "readable file of 1 to %d bytes", path,
                           NGX_CHAT_WEB_BUILD_FILE);
        return NGX_CONF_ERROR;
    }

    hash->data = ngx_pnalloc(cf->pool, NGX_CHAT_WEB_BUILD_HASH);
    if (hash->data == NULL) {
        return NGX_CONF_ERROR;
    }

    (void) crypto_hash_sha256(digest, buf, n);
    hash->len = ngx_hex_dump(hash->data, digest, sizeof(digest)) - hash->data;

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_chat_web_build_valid(ngx_str_t *hash)
{
    size_t  i;

    if (hash->len != NGX_CHAT_WEB_BUILD_HASH) {
        return 0;
    }

    for (i = 0; i < hash->len; i++) {
        if (!((hash->data[i] >= '0' && hash->data[i] <= '9')
              || (hash->data[i] >= 'a' && hash->data[i] <= 'f')))
        {
            return 0;
        }
    }

    return 1;
}
