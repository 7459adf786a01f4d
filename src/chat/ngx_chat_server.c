/* What a server says of itself: its bounds for clients, its health for operators. */

#include "ngx_chat_factor.h"
#include "ngx_chat_rows.h"


#define NGX_CHAT_SERVER_SIZE        4096    /* bytes of its JSON */
#define NGX_CHAT_USEC               1000000

typedef struct {
    const char         *name;
    int64_t             value;
} ngx_chat_server_limit_t;


static void ngx_chat_server_get(ngx_chat_call_t *call);
static void ngx_chat_server_limits(ngx_chat_call_t *call, chat_json_out_t *o);
static void ngx_chat_health_live(ngx_chat_call_t *call);
static void ngx_chat_health_ready(ngx_chat_call_t *call);
static void ngx_chat_server_ok(ngx_chat_call_t *call);


static const char  *ngx_chat_server_registration[] = {
    "open", "invite", "closed"
};


ngx_chat_op_t  ngx_chat_server_ops[] = {

    { "server_get", "GET", "server", NGX_CHAT_WHO_ANYONE,
      NGX_CHAT_LIMIT_NONE, NGX_CHAT_OP_SOCKET, NULL, NULL,
      ngx_chat_server_get, NULL, 0 },

    { "health_live", "GET", "health/live", NGX_CHAT_WHO_ANYONE,
      NGX_CHAT_LIMIT_NONE, 0, NULL, NULL, ngx_chat_health_live, NULL, 0 },

    { "health_ready", "GET", "health/ready", NGX_CHAT_WHO_ANYONE,
      NGX_CHAT_LIMIT_NONE, 0, NULL, NULL, ngx_chat_health_ready, NULL, 0 },

    { .name = NULL }
};


static void
ngx_chat_server_get(ngx_chat_call_t *call)
{
    u_char                *buf;
    const char            *registration, *rp_id;
    struct timeval         tv;
    chat_json_out_t        o;
    ngx_chat_auth_conf_t  *conf;

    buf = ngx_pnalloc(call->pool, NGX_CHAT_SERVER_SIZE);
    if (buf == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    conf = ngx_chat_call_auth_conf(call);
    registration = ngx_chat_server_registration[conf->registration];
    rp_id = ngx_chat_factor_conf(call)->rp.id;
    ngx_gettimeofday(&tv);

    chat_json_out_init(&o, (char *) buf, NGX_CHAT_SERVER_SIZE);
    chat_json_open(&o, '{');
    chat_json_out_key(&o, "name");
    chat_json_out_string(&o, (char *) conf->server_name.data,
                         conf->server_name.len);
    chat_json_out_key(&o, "version");
    chat_json_out_string(&o, NGX_CHAT_VERSION, sizeof(NGX_CHAT_VERSION) - 1);
    chat_json_out_key(&o, "api");
    chat_json_open(&o, '[');
    chat_json_out_string(&o, "v1", 2);
    chat_json_close(&o, ']');
    chat_json_out_key(&o, "feature_level");
    chat_json_out_integer(&o, NGX_CHAT_FEATURE_LEVEL);
    chat_json_out_key(&o, "time");
    chat_json_out_time(&o, (int64_t) tv.tv_sec * NGX_CHAT_USEC + tv.tv_usec);
    chat_json_out_key(&o, "registration");
    chat_json_out_string(&o, registration, ngx_strlen(registration));
    chat_json_out_key(&o, "web_build");

    if (conf->web_build.len != 0) {
        chat_json_out_string(&o, (char *) conf->web_build.data,
                             conf->web_build.len);
    } else {
        chat_json_out_null(&o);
    }

    chat_json_out_key(&o, "passkey_rp_id");

    if (rp_id[0] != '\0') {
        chat_json_out_string(&o, rp_id, ngx_strlen(rp_id));
    } else {
        chat_json_out_null(&o);
    }

    ngx_chat_server_limits(call, &o);
    chat_json_close(&o, '}');

    if (o.overflow) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->json.data = buf;
    call->json.len = o.pos - o.start;
    ngx_chat_call_done(call, 200);
}


static void
ngx_chat_server_limits(ngx_chat_call_t *call, chat_json_out_t *o)
{
    ngx_uint_t                     i;
    ngx_chat_auth_conf_t          *auth;
    ngx_chat_verify_conf_t        *verify;
    ngx_chat_conversation_conf_t  *conversation;

    auth = ngx_chat_call_auth_conf(call);
    verify = ngx_chat_call_verify_conf(call);
    conversation = call->loc_conf[ngx_chat_conversation_module.ctx_index];

    const ngx_chat_server_limit_t  limits[] = {
        { "message_max_size", conversation->message_max_size },
        { "commit_max_size", conversation->commit_max_size },
        { "window", conversation->window },
        { "body_max_size", CHAT_JSON_MAX_SIZE },
        { "username_min", 3 },
        { "username_max", CHAT_USERNAME_MAX },
        { "display_name_max", CHAT_DISPLAY_NAME_MAX },
        { "device_name_max", CHAT_DEVICE_NAME_MAX },
        { "email_max", CHAT_EMAIL_MAX },
        { "password_min", CHAT_PASSWORD_MIN },
        { "password_max", CHAT_PASSWORD_MAX },
        { "code_length", CHAT_CODE_LEN },
        { "code_ttl", verify->code_ttl },
        { "link_ttl", verify->link_ttl },
        { "session_idle", auth->session_idle },
        { "session_absolute", auth->session_absolute },
        { "sessions", NGX_CHAT_SESSIONS_MAX },
        { "conversations", NGX_CHAT_CONVERSATIONS_MAX },
        { "list_limit", NGX_CHAT_LIST_MAX },
        { "entries_limit", NGX_CHAT_ENTRIES_MAX }
    };

    chat_json_out_key(o, "limits");
    chat_json_open(o, '{');

    for (i = 0; i < sizeof(limits) / sizeof(ngx_chat_server_limit_t); i++) {
        chat_json_out_key(o, limits[i].name);
        chat_json_out_integer(o, limits[i].value);
    }

    chat_json_close(o, '}');
}


static void
ngx_chat_health_live(ngx_chat_call_t *call)
{
    ngx_chat_server_ok(call);
}


static void
ngx_chat_health_ready(ngx_chat_call_t *call)
{
    size_t                len;
    u_char               *buf;
    ngx_str_t             members;
    chat_json_out_t       o;
    ngx_chat_pg_state_t  *state;

    state = ngx_chat_pg_state();

    if (state->ready) {
        ngx_chat_server_ok(call);
        return;
    }

    ngx_str_null(&members);

    if (state->problem != NULL) {
        len = sizeof("\"reason\":")
              + chat_json_string_max(ngx_strlen(state->problem));
        buf = ngx_pnalloc(call->pool, len);

        if (buf != NULL) {
            chat_json_out_init(&o, (char *) buf, len);
            chat_json_out_key(&o, "reason");
            chat_json_out_string(&o, state->problem,
                                 ngx_strlen(state->problem));
            members.data = buf;
            members.len = o.overflow ? 0 : (size_t) (o.pos - o.start);
        }
    }

    ngx_chat_call_fail_members(call, "unavailable", &members);
}


static void
ngx_chat_server_ok(ngx_chat_call_t *call)
{
    static const char  ok[] = "{\"status\":\"ok\"}";

    call->json.data = ngx_pnalloc(call->pool, sizeof(ok) - 1);
    if (call->json.data == NULL) {
        ngx_chat_call_fail(call, "internal");
        return;
    }

    call->json.len = sizeof(ok) - 1;
    ngx_memcpy(call->json.data, ok, sizeof(ok) - 1);
    ngx_chat_call_done(call, 200);
}
