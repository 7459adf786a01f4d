/* The commands: everything about them that parsing, help and completion say. */

#include "chatctl.h"


const chatctl_option_t  chatctl_globals[] = {
    { "database", "CONNINFO", "libpq's connection string, or file:PATH of a file that holds one" },
    { "json", NULL, "one JSON value on standard output, failures too" },
    { "yes", NULL, "don't ask before what can't be undone" },
    { "help", NULL, "what a command does" },
    { NULL, NULL, NULL }
};

#define SQL_OPTION  { "sql", "DIR", "where the SQL files are" }
#define NONE        { { NULL, NULL, NULL } }


const chatctl_command_t  chatctl_commands[] = {

    { NULL, "init", "", 0, 0, 0, chatctl_init,
      "make role, database and schema, and say what nginx.conf needs",
      "CONNINFO is one by which roles and databases may be made "
      "(\"host=/run/postgresql dbname=postgres user=postgres\"). Safe to repeat: "
      "what is there already stays.",
      { { "role", "ROLE", "that nginx's workers connect as (www-data)" },
        { "name", "NAME", "of the database (chat)" },
        { "password-file", "FILE", "the role's password is its first line; "
                                   "without it the role has none" },
        SQL_OPTION } },

    { NULL, "migrate", "", 0, 0, CHATCTL_DB, chatctl_migrate,
      "make or update the schema; safe to repeat",
      "This is how a release is upgraded. Running workers go on meanwhile.",
      { { "grant", "ROLE", "gets what the module needs, and no more" },
        SQL_OPTION } },

    { NULL, "check", "", 0, 0, 0, chatctl_check,
      "say what is wrong with the installation, and how to mend it",
      "Exit code 1 tells of a fault; warnings leave it 0. Without --conf what "
      "only nginx's configuration tells is skipped. --conf runs nginx -T as "
      "it stands, so that includes are read as nginx reads them: as root, "
      "as for nginx -t.",
      { { "conf", "FILE", "nginx's configuration, as nginx -c takes it" },
        { "nginx", "PATH", "the nginx to ask (nginx)" },
        { "url", "URL", "of the API, as in https://chat.example.org/api/: is it "
                        "served, by which certificate" },
        { "ca", "FILE", "certificates to trust instead of the system's, for --url" },
        { "role", "ROLE", "that the module connects as, to look at its rights" },
        { "to", "ADDRESS", "send it a real mail through the relay of chat_mail" },
        SQL_OPTION } },

    { NULL, "stats", "", 0, 0, CHATCTL_DB, chatctl_stats,
      "accounts, devices, entries, the outbox in numbers",
      "seen_day and seen_week count accounts of which a device was there. "
      "conversations, entries and key_packages are PostgreSQL's estimates.",
      NONE },

    { NULL, "new-log-epoch", "", 0, 0, CHATCTL_DB | CHATCTL_CONFIRM,
      chatctl_new_log_epoch,
      "after a restore that nothing shows: devices read all again",
      "A restore from pg_dump or to an earlier time is noticed by itself; a "
      "disk snapshot put back isn't. Reload nginx afterwards.", NONE },

    { "user", "list", "", 0, 0, CHATCTL_DB, chatctl_user_list,
      "accounts, the newest first", NULL,
      { { "state", "STATE", "active, unverified, suspended or erased" },
        { "search", "TEXT", "part of a username, address or display name" },
        { "before", "USER", "those older than this one: the next page" },
        { "limit", "N", "at most so many, 1 to 10000 (100)" } } },

    { "user", "show", "USER", 1, 1, CHATCTL_DB, chatctl_user_show,
      "one account: state, devices, key", NULL, NONE },

    { "user", "verify", "USER", 1, 1, CHATCTL_DB, chatctl_user_verify,
      "verify a registered account by hand",
      "As its mail would have: for people whom no mail reaches.", NONE },

    { "user", "suspend", "USER", 1, 1, CHATCTL_DB, chatctl_user_suspend,
      "lock an account: its devices are signed out at once",
      "Keys, conversations and what waits for its devices stay.", NONE },

    { "user", "reactivate", "USER", 1, 1, CHATCTL_DB, chatctl_user_reactivate,
      "let a suspended account sign in again", NULL, NONE },

    { "user", "delete", "USER", 1, 1, CHATCTL_DB | CHATCTL_CONFIRM,
      chatctl_user_delete, "delete an account and what the server holds of it",
      NULL,
      { { "now", NULL, "erase without the grace period" } } },

    { "user", "reset-factor", "USER", 1, 1, CHATCTL_DB | CHATCTL_CONFIRM,
      chatctl_user_reset_factor,
      "remove second factors of who lost them",
      "Be sure who asks: from then on the password alone lets in.", NONE },

    { "session", "list", "USER", 1, 1, CHATCTL_DB, chatctl_session_list,
      "an account's devices", NULL,
      { { "revoked", NULL, "those that were revoked in the last 30 days, too" } } },

    { "session", "revoke", "SESSION", 0, 1, CHATCTL_DB | CHATCTL_CONFIRM,
      chatctl_session_revoke,
      "end a device for ever; its sockets close at once, everywhere",
      "Every worker of every nginx on this database hears of it.",
      { { "user", "USER", "all devices of this account" },
        { "sign-out", NULL, "only take the token: device, keys and queue stay" } } },

    { "invite", "create", "", 0, 0, CHATCTL_DB, chatctl_invite_create,
      "make an invitation, for chat_registration invite",
      "Its token is shown this once: the database has only its hash.",
      { { "uses", "N", "accounts that may register by it, 1 to 10000 (1)" },
        { "days", "N", "that it is good for, 1 to 365 (7)" },
        { "note", "TEXT", "for yourself: whom it is for" } } },

    { "invite", "list", "", 0, 0, CHATCTL_DB, chatctl_invite_list,
      "invitations and their uses", NULL, NONE },

    { "invite", "revoke", "INVITATION", 1, 1, CHATCTL_DB | CHATCTL_CONFIRM,
      chatctl_invite_revoke, "end an invitation; who used it stays", NULL, NONE },

    { "mail", "test", "ADDRESS", 1, 1, CHATCTL_DB, chatctl_mail_test,
      "send a test mail by a running worker, and say what the relay said",
      NULL,
      { { "wait", "SECONDS", "for a worker and the relay, 0 to 3600 (30); 0 only queues" } } },

    { "mail", "state", "", 0, 0, CHATCTL_DB, chatctl_mail_state,
      "what waits in the outbox, and the relay's last refusal", NULL, NONE },

    { "audit", "tail", "", 0, 0, CHATCTL_DB, chatctl_audit_tail,
      "the newest entries of the audit log", NULL,
      { { "user", "USER", "of or about this account" },
        { "action", "NAME", "of this name, or that begin with it (\"operator.\")" },
        { "limit", "N", "at most so many, 1 to 10000 (20)" },
        { "follow", NULL, "go on with new ones, a line each, five seconds late" } } },

    { "audit", "verify", "", 0, 0, CHATCTL_DB, chatctl_audit_verify,
      "whether an entry of the audit log is missing or changed",
      "Exit code 1 when one is. Keep the head that it prints elsewhere: who may "
      "write the tables could make the whole chain anew. --file finds that.",
      { { "file", "FILE", "what chat_audit file= or syslog kept: each of its lines "
                          "must be in the log" } } },

    { "db", "size", "", 0, 0, CHATCTL_DB, chatctl_db_size,
      "what each table takes, the largest first", NULL, NONE },

    { "completion", "bash", "", 0, 0, 0, chatctl_completion,
      "print the completion for bash",
      "eval \"$(chatctl completion bash)\"; make install puts it in place.", NONE },

    { NULL, "version", "", 0, 0, 0, chatctl_version,
      "which chatctl this is", NULL, NONE },

    { NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NONE }
};
