/* Sign-ins by HTTP beside the traffic: a connection each, counted apart. */

#include "load.h"

#include <stdlib.h>
#include <string.h>

static char  **signin_bodies;
static int     signin_n;


/* "username <tab> password" a line; -1: no such file */

int
load_read_signins(const char *file)
{
    char   line[512], *tab, *body;
    char **p;
    FILE  *in;

    in = fopen(file, "r");
    if (in == NULL) {
        return -1;
    }

    while (fgets(line, sizeof(line), in)) {
        line[strcspn(line, "\r\n")] = '\0';
        tab = strchr(line, '\t');
        p = realloc(signin_bodies, (size_t) (signin_n + 1) * sizeof(char *));

        if (tab == NULL || p == NULL) {
            fclose(in);
            return -1;
        }

        *tab = '\0';
        signin_bodies = p;

        if (asprintf(&body, "{\"login\":\"%s\",\"password\":\"%s\","
                            "\"device_name\":\"load\"}", line, tab + 1) < 0)
        {
            fclose(in);
            return -1;
        }

        signin_bodies[signin_n++] = body;
    }

    fclose(in);

    return signin_n ? 0 : -1;
}


void
load_signin_begin(void)
{
    (void) load_connect((int) (load_random() % (uint64_t) signin_n), &load_proto_signin);
}


static void
signin_open(load_conn_t *c)
{
    int          n;
    char         text[1024];
    const char  *body = signin_bodies[c->user];

    n = snprintf(text, sizeof(text),
                 "POST /api/v1/sessions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n%s", load_opt.host, strlen(body), body);
    load_write(c, text, (size_t) n);
    c->state = LOAD_OPENING;
    load_stat.signins++;
}


static long
signin_input(load_conn_t *c, char *data, size_t len)
{
    if (len < 12) {
        return 0;
    }

    if (memcmp(data + 9, "201", 3) == 0 || memcmp(data + 9, "200", 3) == 0) {
        load_stat.signins_ok++;
        load_hist_add(&load_stat.signin, load_now - c->due);

    } else if (memcmp(data + 9, "503", 3) == 0 || memcmp(data + 9, "429", 3) == 0) {
        load_stat.signins_busy++;

    } else {
        load_failed("a sign-in: %.*s", (int) (len < 200 ? len : 200), data);
    }

    return -1;
}


const load_proto_t  load_proto_signin = {
    "signin", 0, signin_open, signin_input, NULL, NULL
};
