/* From the command line to the command's function, and its exit code. */

#include "chatctl.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static int run(chatctl_t *ctl);


int
main(int argc, char **argv)
{
    int        rc;
    chatctl_t  ctl;

    memset(&ctl, 0, sizeof(chatctl_t));

    /* how wide a character is; numbers and words stay as they are */

    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        (void) setlocale(LC_CTYPE, "");
    }

    /* a reader that left is told by the write's error */

    (void) signal(SIGPIPE, SIG_IGN);

    rc = chatctl_parse(&ctl, argc, argv);

    if (rc == CHATCTL_OK) {
        rc = run(&ctl);
    }

    if (ctl.db) {
        PQfinish(ctl.db);
    }

    chatctl_wipe(ctl.conninfo);

    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("chatctl: the output could not be written\n", stderr);
        rc = rc ? rc : CHATCTL_FAILED;
    }

    return rc;
}


static int
run(chatctl_t *ctl)
{
    int  rc;

    if (ctl->help) {
        if (ctl->json) {
            return chatctl_help_json();
        }

        if (ctl->command) {
            chatctl_help(ctl->command);

        } else {
            chatctl_usage(stdout);
        }

        return CHATCTL_OK;
    }

    if (sodium_init() < 0) {
        return chatctl_fail(ctl, CHATCTL_FAILED, "no_random",
                            "no source of random numbers");
    }

    if (ctl->command->flags & CHATCTL_DB) {
        rc = chatctl_connect(ctl);

        if (rc != CHATCTL_OK) {
            return rc;
        }
    }

    return ctl->command->run(ctl);
}


int
chatctl_version(chatctl_t *ctl)
{
    return chatctl_say(ctl, json_pack("{s:s}", "version", CHATCTL_VERSION),
                       "chatctl " CHATCTL_VERSION);
}
