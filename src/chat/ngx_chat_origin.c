/* Foreign origins: whose pages may call, by chat_cors_origin. */

#include "ngx_chat.h"


#define NGX_CHAT_ORIGINS_MAX        64


static size_t ngx_chat_origin_scheme(ngx_str_t *origin);
static ngx_uint_t ngx_chat_origin_valid(ngx_str_t *origin);
static ngx_uint_t ngx_chat_origin_host(u_char *p, u_char *last);
static ngx_uint_t ngx_chat_origin_matches(ngx_str_t *listed,
    ngx_str_t *origin);


/*
 * Compared whole, byte by byte, as browsers write it.  A star is any name below the
 * domain that follows, and not that name itself.
 */
ngx_uint_t
ngx_chat_origin_listed(ngx_array_t *origins, ngx_str_t *origin)
{
    ngx_str_t   *listed;
    ngx_uint_t   i;

    if (origins == NULL) {
        return 0;
    }

    listed = origins->elts;

    for (i = 0; i < origins->nelts; i++) {
        if (ngx_chat_origin_matches(&listed[i], origin)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_chat_origin_matches(ngx_str_t *listed, ngx_str_t *origin)
{
    size_t  scheme, rest;

    scheme = ngx_chat_origin_scheme(listed);

    if (listed->data[scheme] != '*') {
        return listed->len == origin->len
               && ngx_memcmp(listed->data, origin->data, listed->len) == 0;
    }

    /* ".example.org:8443" */
    rest = listed->len - scheme - 1;

    return origin->len > scheme + rest
           && ngx_memcmp(origin->data, listed->data, scheme) == 0
           && ngx_memcmp(origin->data + origin->len - rest,
                         listed->data + scheme + 1, rest)
              == 0
           && ngx_chat_origin_host(origin->data + scheme,
                                   origin->data + origin->len - rest);
}


/* one or more labels: nothing that could end a host's name */

static ngx_uint_t
ngx_chat_origin_host(u_char *p, u_char *last)
{
    u_char  prev;

    prev = '.';

    for ( /* void */ ; p < last; p++) {
        if ((*p < 'a' || *p > 'z') && (*p < '0' || *p > '9') && *p != '-'
            && *p != '_' && (*p != '.' || prev == '.'))
        {
            return 0;
        }

        prev = *p;
    }

    return prev != '.';
}


static size_t
ngx_chat_origin_scheme(ngx_str_t *origin)
{
    if (origin->len > 8 && ngx_strncmp(origin->data, "https://", 8) == 0) {
        return 8;
    }

    if (origin->len > 7 && ngx_strncmp(origin->data, "http://", 7) == 0) {
        return 7;
    }

    return 0;
}


static ngx_uint_t
ngx_chat_origin_valid(ngx_str_t *origin)
{
    u_char  *p, *last;
    size_t   scheme;

    scheme = ngx_chat_origin_scheme(origin);
    if (scheme == 0) {
        return 0;
    }

    p = origin->data + scheme;
    last = origin->data + origin->len;

    if (*p == '*') {
        /* a whole domain of the first level is nobody's */

        if (last - p < 5 || p[1] != '.' || p[2] == '.'
            || ngx_strlchr(p + 2, last, '.') == NULL)
        {
            return 0;
        }

        p += 2;
    }

    for ( /* void */ ; p < last; p++) {
        if ((*p < 'a' || *p > 'z') && (*p < '0' || *p > '9')
            && *p != '.' && *p != '-' && *p != ':' && *p != '[' && *p != ']')
        {
            return 0;
        }
    }

    return 1;
}


/* "chat_cors_origin" */
char *
ngx_chat_origin_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_chat_limit_conf_t  *lcf = conf;

    ngx_str_t   *value, *origin;
    ngx_uint_t   i;

    if (lcf->origins != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts - 1 > NGX_CHAT_ORIGINS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_cors_origin\" takes at most %d origins",
                           NGX_CHAT_ORIGINS_MAX);
        return NGX_CONF_ERROR;
    }

    lcf->origins = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                    sizeof(ngx_str_t));
    if (lcf->origins == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (!ngx_chat_origin_valid(&value[i])) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid origin \"%V\" of \"chat_cors_origin\": "
                               "write https://host, https://host:port or "
                               "https://*.domain.org, in lower case, without a "
                               "path", &value[i]);
            return NGX_CONF_ERROR;
        }

        origin = ngx_array_push(lcf->origins);
        if (origin == NULL) {
            return NGX_CONF_ERROR;
        }

        *origin = value[i];
    }

    return NGX_CONF_OK;
}
