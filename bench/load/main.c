/* Options. */

#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

load_opt_t           load_opt;
load_stat_t          load_stat;
const load_proto_t  *load_proto;

static struct option  main_options[] = {
    { "proto", required_argument, NULL, 'p' },
    { "host", required_argument, NULL, 'h' },
    { "port", required_argument, NULL, 'P' },
    { "path", required_argument, NULL, 'l' },
    { "domain", required_argument, NULL, 'd' },
    { "users", required_argument, NULL, 'u' },
    { "conversations", required_argument, NULL, 'c' },
    { "rate", required_argument, NULL, 'r' },
    { "window", required_argument, NULL, 'w' },
    { "warm", required_argument, NULL, 'W' },
    { "seconds", required_argument, NULL, 's' },
    { "grace", required_argument, NULL, 'g' },
    { "hold", required_argument, NULL, 'H' },
    { "size", required_argument, NULL, 'z' },
    { "sources", required_argument, NULL, 'S' },
    { "count", required_argument, NULL, 'n' },
    { "messages", required_argument, NULL, 'm' },
    { "opening", required_argument, NULL, 'o' },
    { "signins", required_argument, NULL, 'i' },
    { "signin-rate", required_argument, NULL, 'I' },
    { "slow", required_argument, NULL, 'x' },
    { "slow-rate", required_argument, NULL, 'X' },
    { "storm-at", required_argument, NULL, 't' },
    { "reconnect", no_argument, NULL, 'R' },
    { "ack-ms", required_argument, NULL, 'a' },
    { "quickack", required_argument, NULL, 'q' },
    { NULL, 0, NULL, 0 }
};


static int
main_usage(void)
{
    fprintf(stderr, "usage: load pairs|fanout|idle|offline --port N --users FILE [--conversations FILE] …\n"
                    "       (README.md has all options)\n");
    return 2;
}


static int
main_read_options(int argc, char **argv)
{
    int               opt;
    struct timespec   ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    load_opt.host = "127.0.0.1";
    load_opt.domain = "localhost";
    load_opt.window = 4;
    load_opt.warm = 2;
    load_opt.seconds = 5;
    load_opt.grace = 30;
    load_opt.hold = 1;
    load_opt.size = 300;
    load_opt.sources = 1;
    load_opt.messages = 20000;
    load_opt.opening = 64;
    load_opt.slow_rate = 8192;
    load_opt.ack_ms = 200;
    load_opt.quickack = 1;
    load_opt.seed = (uint64_t) ts.tv_sec * 1000003u ^ (uint64_t) ts.tv_nsec;
    load_proto = &load_proto_chat;

    while ((opt = getopt_long(argc, argv, "", main_options, NULL)) != -1) {
        switch (opt) {
        case 'p':
            load_proto = !strcmp(optarg, "xmpp") ? &load_proto_xmpp
                         : !strcmp(optarg, "nchan") ? &load_proto_nchan
                         : !strcmp(optarg, "chat") ? &load_proto_chat : NULL;
            break;
        case 'h': load_opt.host = optarg; break;
        case 'P': load_opt.port = atoi(optarg); break;
        case 'l': load_opt.path = optarg; break;
        case 'd': load_opt.domain = optarg; break;
        case 'u': load_opt.users_file = optarg; break;
        case 'c': load_opt.conversations_file = optarg; break;
        case 'r': load_opt.rate = atof(optarg); break;
        case 'w': load_opt.window = atoi(optarg); break;
        case 'W': load_opt.warm = atof(optarg); break;
        case 's': load_opt.seconds = atof(optarg); break;
        case 'g': load_opt.grace = atof(optarg); break;
        case 'H': load_opt.hold = atof(optarg); break;
        case 'z': load_opt.size = atoi(optarg); break;
        case 'S': load_opt.sources = atoi(optarg); break;
        case 'n': load_opt.count = atoi(optarg); break;
        case 'm': load_opt.messages = atoi(optarg); break;
        case 'o': load_opt.opening = atoi(optarg); break;
        case 'i': load_opt.passwords_file = optarg; break;
        case 'I': load_opt.signin_rate = atof(optarg); break;
        case 'x': load_opt.slow = atoi(optarg); break;
        case 'X': load_opt.slow_rate = atol(optarg); break;
        case 't': load_opt.storm_at = atof(optarg); break;
        case 'R': load_opt.reconnect = 1; break;
        case 'a': load_opt.ack_ms = atoi(optarg); break;
        case 'q': load_opt.quickack = atoi(optarg); break;
        default: return -1;
        }
    }

    if (optind + 1 != argc || load_proto == NULL || load_opt.port < 1 || load_opt.port > 65535
        || load_opt.users_file == NULL || load_opt.window < 1 || load_opt.window > LOAD_PENDING_MAX
        || load_opt.size < LOAD_PAYLOAD_MIN || load_opt.size > LOAD_PAYLOAD_MAX || load_opt.opening < 1
        || load_opt.sources < 1 || load_opt.sources > 250 || load_opt.slow_rate < 1 || load_opt.messages < 1)
    {
        return -1;
    }

    load_opt.scenario = argv[optind];

    /* whoever is cut off comes back: by a storm, or for being too slow */

    if (load_opt.storm_at > 0 || load_opt.slow > 0) {
        load_opt.reconnect = 1;
    }

    return 0;
}


int
main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stderr, NULL, _IONBF, 0);

    if (main_read_options(argc, argv) != 0) {
        return main_usage();
    }

    if (load_read_users(load_opt.users_file) != 0 || load_nusers == 0) {
        fprintf(stderr, "load: no users in \"%s\"\n", load_opt.users_file);
        return 2;
    }

    if (load_opt.conversations_file != NULL && load_read_conversations(load_opt.conversations_file) != 0) {
        fprintf(stderr, "load: a mistake in line %d of \"%s\"\n", load_nconversations,
                load_opt.conversations_file);
        return 2;
    }

    if (load_nconversations == 0 && strcmp(load_opt.scenario, "idle") != 0) {
        return main_usage();
    }

    if (load_opt.signin_rate > 0
        && (load_opt.passwords_file == NULL || load_read_signins(load_opt.passwords_file) != 0))
    {
        fprintf(stderr, "load: no sign-ins in \"%s\"\n", load_opt.passwords_file ? load_opt.passwords_file : "");
        return 2;
    }

    if (load_loop_init() != 0 || load_scenario() != 0) {
        return 2;
    }

    return load_void[0] ? 1 : 0;
}
