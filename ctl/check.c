/* chatctl check: what is wrong with an installation, and how to mend it. */

#include "check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const  names[] = { "ok", "skipped", "warning", "fault" };


int
chatctl_check(chatctl_t *ctl)
{
    char              why[512];
    const char       *file, *nginx, *url;
    chatctl_conf_t   *conf;
    chatctl_check_t   check;

    memset(&check, 0, sizeof(chatctl_check_t));
    check.ctl = ctl;
    check.findings = json_array();
    check.seen_day = -1;

    file = chatctl_option(ctl, "conf");
    nginx = chatctl_option(ctl, "nginx");
    url = chatctl_option(ctl, "url");
    conf = NULL;

    if (file) {
        conf = chatctl_conf_read(nginx ? nginx : "nginx", file, why,
                                 sizeof(why));
        check.conf = conf;

        if (conf) {
            chatctl_found(&check, CHECK_OK, "configuration", NULL,
                          "nginx takes %s", file);

        } else {
            chatctl_found(&check, CHECK_FAULT, "configuration",
                          "mend it until nginx -t is content, and run this "
                          "as root, as nginx -t", "%s", why);
        }

    } else {
        chatctl_found(&check, CHECK_SKIPPED, "configuration",
                      "--conf /etc/nginx/nginx.conf",
                      "threads, zone, connections, TLS and the mail relay are "
                      "known from nginx's configuration only");
    }

    chatctl_check_database(&check);

    if (conf) {
        chatctl_check_nginx(&check);
        chatctl_check_servers(&check);
        chatctl_check_mail(&check);
    }

    if (url) {
        chatctl_check_url(&check, url);
    }

    chatctl_conf_free(conf);

    if (ctl->json) {
        (void) chatctl_json(json_pack("{s:b,s:i,s:i,s:o}", "ok",
                                      check.faults == 0, "faults",
                                      check.faults, "warnings",
                                      check.warnings, "checks",
                                      check.findings));

    } else {
        printf("%d fault%s, %d warning%s\n", check.faults,
               check.faults == 1 ? "" : "s", check.warnings,
               check.warnings == 1 ? "" : "s");
        json_decref(check.findings);
    }

    return check.faults ? CHATCTL_FAILED : CHATCTL_OK;
}


void
chatctl_found(chatctl_check_t *check, chatctl_status_t status,
    const char *name, const char *mend, const char *format, ...)
{
    char     text[1024];
    va_list  args;

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    check->faults += status == CHECK_FAULT;
    check->warnings += status == CHECK_WARNING;

    (void) json_array_append_new(check->findings, json_pack(
        "{s:s,s:s,s:o,s:s?}", "name", name, "status", names[status],
        "message", chatctl_words(text), "mend",
        status == CHECK_OK ? NULL : mend));

    if (check->ctl->json) {
        return;
    }

    printf("%-8s %-18s ", names[status], name);
    (void) chatctl_text(stdout, text);
    putchar('\n');

    if (mend && status != CHECK_OK) {
        printf("%28s", "");
        (void) chatctl_text(stdout, mend);
        putchar('\n');
    }
}
