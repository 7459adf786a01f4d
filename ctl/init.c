/* From an empty PostgreSQL to one that the module can serve, and what is left to do. */

#include "chatctl.h"

#include <stdlib.h>
#include <string.h>

#define STATEMENT_MAX   2048

static int make_role(chatctl_t *ctl, const char *role);
static int make_database(chatctl_t *ctl, const char *name);
static int exists(chatctl_t *ctl, const char *sql, const char *name);
static int statement(chatctl_t *ctl, const char *format, const char *name,
    const char *literal);
static int tell(chatctl_t *ctl, const char *name, const char *role,
    const char *host, const char *port);


int
chatctl_init(chatctl_t *ctl)
{
    int          rc;
    PGconn      *db;
    const char  *role, *name, *dir, *info;

    role = chatctl_option(ctl, "role");
    role = role ? role : "www-data";
    name = chatctl_option(ctl, "name");
    name = name ? name : "chat";
    dir = chatctl_option(ctl, "sql");

    rc = chatctl_connect(ctl);

    if (rc == CHATCTL_OK) {
        rc = make_role(ctl, role);
    }

    if (rc == CHATCTL_OK) {
        rc = make_database(ctl, name);
    }

    if (rc != CHATCTL_OK) {
        return rc;
    }

    /* the same way in, to the database that is there now */

    info = ctl->database ? ctl->database : getenv("CHAT_DATABASE");
    db = chatctl_open(ctl, info ? info : "", name);

    if (db == NULL) {
        return CHATCTL_NO_DATABASE;
    }

    PQfinish(ctl->db);
    ctl->db = db;

    rc = chatctl_migrate_from(ctl, dir ? dir : CHATCTL_SQL, role);

    return rc == CHATCTL_OK ? tell(ctl, name, role, PQhost(db), PQport(db))
                            : rc;
}


/* PostgreSQL gets a verifier of the password, so that no log of statements has it */

static int
make_role(chatctl_t *ctl, const char *role)
{
    int          there, rc;
    char        *password, *verifier;
    const char  *file;

    there = exists(ctl, "SELECT 1 FROM pg_roles WHERE rolname = $1", role);

    if (there < 0) {
        return CHATCTL_FAILED;
    }

    if (!there && statement(ctl, "CREATE ROLE %s LOGIN", role, NULL) != 0) {
        return CHATCTL_FAILED;
    }

    if (!ctl->json) {
        printf("role %s: %s\n", role, there ? "was there" : "made");
    }

    file = chatctl_option(ctl, "password-file");

    if (file == NULL) {
        return CHATCTL_OK;
    }

    password = chatctl_secret(ctl, file);

    if (password == NULL) {
        return CHATCTL_FAILED;
    }

    if (strcspn(password, "\r\n") != strlen(password) || password[0] == '\0') {
        chatctl_wipe(password);
        return chatctl_fail(ctl, CHATCTL_FAILED, "file",
                            "\"%s\" isn't one line with a password", file);
    }

    verifier = PQencryptPasswordConn(ctl->db, password, role, "scram-sha-256");
    chatctl_wipe(password);

    if (verifier == NULL) {
        return chatctl_fail(ctl, CHATCTL_FAILED, "database", "%s",
                            PQerrorMessage(ctl->db));
    }

    rc = statement(ctl, "ALTER ROLE %s PASSWORD %s", role, verifier);
    PQfreemem(verifier);

    return rc == 0 ? CHATCTL_OK : CHATCTL_FAILED;
}


static int
make_database(chatctl_t *ctl, const char *name)
{
    int  there;

    there = exists(ctl, "SELECT 1 FROM pg_database WHERE datname = $1", name);

    if (there < 0
        || (!there && statement(ctl, "CREATE DATABASE %s ENCODING 'UTF8' "
                                     "TEMPLATE template0", name, NULL) != 0))
    {
        return CHATCTL_FAILED;
    }

    if (!ctl->json) {
        printf("database %s: %s\n", name, there ? "was there" : "made");
    }

    return CHATCTL_OK;
}


static int
exists(chatctl_t *ctl, const char *sql, const char *name)
{
    int        rc, n;
    PGresult  *res;

    res = chatctl_query(ctl, &rc, sql, 1, &name);
    if (res == NULL) {
        return -1;
    }

    n = PQntuples(res);
    PQclear(res);

    return n != 0;
}


/* one that takes no parameters: a name, and perhaps a literal, both quoted by libpq */

static int
statement(chatctl_t *ctl, const char *format, const char *name,
    const char *literal)
{
    int    rc, n;
    char   sql[STATEMENT_MAX], *quoted_name, *quoted_literal;

    quoted_name = PQescapeIdentifier(ctl->db, name, strlen(name));
    quoted_literal = literal
                     ? PQescapeLiteral(ctl->db, literal, strlen(literal))
                     : strdup("");

    if (quoted_name == NULL || quoted_literal == NULL) {
        (void) chatctl_fail(ctl, CHATCTL_FAILED, "database", "%s",
                            PQerrorMessage(ctl->db));
        rc = -1;

    } else {
        n = snprintf(sql, sizeof(sql), format, quoted_name, quoted_literal);

        rc = n < (int) sizeof(sql) ? chatctl_script(ctl, name, sql) : -1;
    }

    PQfreemem(quoted_name);

    if (literal) {
        PQfreemem(quoted_literal);

    } else {
        free(quoted_literal);
    }

    return rc;
}


static int
tell(chatctl_t *ctl, const char *name, const char *role, const char *host,
    const char *port)
{
    int   local;
    char  info[1024];

    local = host[0] == '/' || host[0] == '\0';

    (void) snprintf(info, sizeof(info), "host=%s%s%s dbname=%s%s%s",
                    local && host[0] == '\0' ? "/run/postgresql" : host,
                    strcmp(port, "5432") ? " port=" : "",
                    strcmp(port, "5432") ? port : "", name,
                    strcmp(role, "www-data") ? " user=" : "",
                    strcmp(role, "www-data") ? role : "");

    if (ctl->json) {
        return chatctl_json(json_pack("{s:s,s:s,s:s}", "database", name,
                                      "role", role, "chat_database", info));
    }

    printf("\nFor nginx.conf, in the main context and in http:\n\n"
           "    load_module modules/ngx_http_chat_module.so;\n\n"
           "    chat_database  \"");
    (void) chatctl_text(stdout, info);
    printf("\";\n"
           "    chat_mail      smtp://127.0.0.1:25 from=chat@example.org;\n\n"
           "and in a server that listens with ssl:\n\n"
           "    location /api/ { chat; }\n\n"
           "/usr/share/ngx-chat/conf/production.conf is a whole one. Then:\n\n"
           "    nginx -t && systemctl restart nginx\n"
           "    chatctl check --conf /etc/nginx/nginx.conf\n");

    return CHATCTL_OK;
}
