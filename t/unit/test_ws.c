/*
 * RFC 6455 as a client sees it.  Each stream of frames is fed at once, byte
 * by byte and cut at every position: what is told must be the same.
 */

#include "test.h"

#include "chat_ws.h"

#define MESSAGE_MAX     70000
#define STREAM_MAX      (2 * MESSAGE_MAX)
#define LOG_MAX         (4 * MESSAGE_MAX)

/* the client's bytes, and what the parser told of them, as text */

static uint8_t   stream[STREAM_MAX];
static size_t    stream_len;
static uint64_t  message_max;
static char      told[LOG_MAX];
static size_t    told_len;


static int
setup(void **state)
{
    stream_len = 0;
    message_max = MESSAGE_MAX;

    return 0;
}


static void
raw(const void *data, size_t len)
{
    assert_true(stream_len + len <= STREAM_MAX);
    memcpy(stream + stream_len, data, len);
    stream_len += len;
}


/* a masked frame whose length may be written wider than needed */

static void
frame_wide(int first, const void *payload, size_t len, int width)
{
    size_t         i;
    uint8_t        header[14], *p;
    const uint8_t  mask[4] = { 0x12, 0x00, 0xfe, 0x77 };

    p = header;
    *p++ = (uint8_t) first;

    if (width == 0) {
        *p++ = (uint8_t) (0x80 | len);

    } else {
        *p++ = width == 2 ? 0x80 | 126 : 0x80 | 127;

        for (i = (size_t) width; i > 0; i--) {
            *p++ = (uint8_t) ((uint64_t) len >> (8 * (i - 1)));
        }
    }

    memcpy(p, mask, 4);
    raw(header, (size_t) (p + 4 - header));

    for (i = 0; i < len; i++) {
        stream[stream_len++] = ((const uint8_t *) payload)[i] ^ mask[i % 4];
    }
}


static void
frame(int first, const char *payload, size_t len)
{
    frame_wide(first, payload, len, len < 126 ? 0 : len < 65536 ? 2 : 8);
}

#define text(first, s)  frame(first, s, sizeof(s) - 1)


static void
tell(const char *s, size_t len)
{
    assert_true(told_len + len < LOG_MAX);
    memcpy(told + told_len, s, len);
    told_len += len;
    told[told_len] = '\0';
}


static void
tell_event(chat_ws_status_t status, const chat_ws_event_t *ev)
{
    char  line[64];

    if (status == CHAT_WS_ERROR) {
        tell(line, (size_t) sprintf(line, "!%u;", ev->code));
        return;
    }

    if (status == CHAT_WS_CONTROL) {
        tell(line, (size_t) sprintf(line, "%s%.0u[",
                                    ev->opcode == CHAT_WS_PING ? "ping"
                                    : ev->opcode == CHAT_WS_PONG ? "pong"
                                    : "close", ev->code));
        tell((const char *) ev->data, ev->len);
        tell("];", 2);
        return;
    }

    if (ev->first) {
        tell(ev->opcode == CHAT_WS_TEXT ? "text(" : "binary(",
             ev->opcode == CHAT_WS_TEXT ? 5 : 7);
    }

    tell((const char *) ev->data, ev->len);

    if (ev->last) {
        tell(");", 2);
    }
}


/* one part of the stream; 0 once the parser failed */

static int
feed(chat_ws_parser_t *p, size_t from, size_t to)
{
    size_t            used, len;
    uint8_t          *copy, *data;
    chat_ws_event_t   ev;
    chat_ws_status_t  status;

    /* its own block, so that the sanitizer sees each byte too far */

    len = to - from;
    copy = malloc(len + 1);
    data = copy + 1;
    memcpy(data, stream + from, len);

    for ( ;; ) {
        status = chat_ws_feed(p, data, len, &used, &ev);
        assert_true(used <= len);

        if (status != CHAT_WS_NEED_MORE) {
            tell_event(status, &ev);
        }

        if (status == CHAT_WS_ERROR) {
            free(copy);
            return 0;
        }

        data += used;
        len -= used;

        if (status == CHAT_WS_NEED_MORE) {
            assert_int_equal(len, 0);
            free(copy);
            return 1;
        }
    }
}


static void
feed_cut(size_t cut, size_t second)
{
    chat_ws_parser_t  p;

    chat_ws_init(&p, message_max);
    told_len = 0;
    told[0] = '\0';

    (void) (feed(&p, 0, cut)
            && feed(&p, cut, second)
            && feed(&p, second, stream_len));
}


static void
feed_by(size_t step)
{
    size_t            i;
    chat_ws_parser_t  p;

    chat_ws_init(&p, message_max);
    told_len = 0;
    told[0] = '\0';

    for (i = 0; i < stream_len; i += step) {
        if (!feed(&p, i, i + step < stream_len ? i + step : stream_len)) {
            break;
        }
    }
}


static void
expect(const char *what)
{
    size_t  i;

    feed_by(stream_len);
    assert_string_equal(told, what);

    feed_by(1);
    assert_string_equal(told, what);

    feed_by(3);
    assert_string_equal(told, what);

    for (i = 0; i <= stream_len && i < 600; i++) {
        feed_cut(i, i);
        assert_string_equal(told, what);
        feed_cut(i, i + (stream_len - i) / 2);
        assert_string_equal(told, what);
    }
}


static void
test_messages(void **state)
{
    text(0x81, "Hello");
    text(0x82, "\x01\xff\x80");
    text(0x81, "");
    text(0x82, "");
    expect("text(Hello);binary(\x01\xff\x80);text();binary();");
}


static void
test_lengths_at_each_form(void **state)
{
    size_t       i;
    static char  big[MESSAGE_MAX], what[MESSAGE_MAX + 16];

    static const size_t  lengths[] = { 1, 3, 4, 7, 8, 9, 125, 126, 127, 128,
                                       65535, 65536, MESSAGE_MAX };

    memset(big, 'x', sizeof(big));

    for (i = 0; i < count(lengths); i++) {
        setup(state);
        frame(0x82, big, lengths[i]);
        sprintf(what, "binary(%.*s);", (int) lengths[i], big);
        feed_by(stream_len);
        assert_string_equal(told, what);
        feed_by(1);
        assert_string_equal(told, what);
        feed_by(4099);
        assert_string_equal(told, what);
    }
}


static void
test_fragments_with_control_frames_in_between(void **state)
{
    text(0x01, "Hel");
    text(0x89, "are you there");
    text(0x00, "");
    text(0x8a, "");
    text(0x00, "lo");
    text(0x80, "!");
    text(0x82, "next");

    /* a control frame is told where it came, the message goes on */

    expect("text(Helping[are you there];pong[];lo!);binary(next);");
}


static void
test_empty_fragments(void **state)
{
    text(0x02, "");
    text(0x00, "");
    text(0x80, "");
    text(0x01, "");
    text(0x80, "a");
    expect("binary();text(a);");
}


static void
test_largest_control_frame(void **state)
{
    static char  ping[125], what[160];

    memset(ping, 'p', sizeof(ping));
    frame(0x89, ping, sizeof(ping));
    sprintf(what, "ping[%.125s];", ping);
    expect(what);
}


static void
test_close(void **state)
{
    static const struct {
        const char  *body;
        size_t       len;
        const char  *what;
    } cases[] = {
        { "", 0, "close1005[];" },
        { "\x03\xe8", 2, "close1000[];" },
        { "\x03\xe8" "bye \xc3\xa9", 8, "close1000[bye \xc3\xa9];" },
        { "\x03", 1, "!1002;" },
        { "\x03\xe8\xc3", 3, "!1007;" },
        { "\x00\x00", 2, "!1002;" },
        { "\x03\xed", 2, "!1002;" },
        { "\x03\xee", 2, "!1002;" },
        { "\x03\xf7", 2, "!1002;" },
        { "\x13\x88", 2, "!1002;" },
        { "\x11\x33", 2, "close4403[];" },
    };
    size_t  i;

    for (i = 0; i < count(cases); i++) {
        setup(state);
        frame(0x88, cases[i].body, cases[i].len);
        expect(cases[i].what);
    }
}


static void
test_close_codes(void **state)
{
    unsigned  code, valid;

    for (code = 0; code <= 65535; code++) {
        valid = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005
                 && code != 1006)
                || (code >= 3000 && code <= 4999);
        assert_int_equal(chat_ws_close_code_valid((uint16_t) code), valid);
    }
}


static void
test_reserved_bits_and_opcodes(void **state)
{
    int  first;

    for (first = 0; first < 256; first++) {
        setup(state);
        frame(first, "", 0);
        feed_by(1);

        switch (first) {
        case 0x81:
            assert_string_equal(told, "text();");
            break;
        case 0x82:
            assert_string_equal(told, "binary();");
            break;
        case 0x01:
        case 0x02:
            assert_string_equal(told, "");
            break;
        case 0x88:
            assert_string_equal(told, "close1005[];");
            break;
        case 0x89:
            assert_string_equal(told, "ping[];");
            break;
        case 0x8a:
            assert_string_equal(told, "pong[];");
            break;
        default:
            assert_string_equal(told, "!1002;");
        }
    }
}


static void
test_unmasked_frame(void **state)
{
    raw("\x81\x02hi", 4);
    expect("!1002;");
}


static void
test_continuation_of_nothing(void **state)
{
    text(0x82, "a");
    text(0x80, "b");
    expect("binary(a);!1002;");
}


static void
test_message_inside_a_message(void **state)
{
    text(0x01, "a");
    text(0x81, "b");
    expect("text(a!1002;");
}


static void
test_control_frame_may_be_no_fragment_nor_large(void **state)
{
    static char  large[126];

    text(0x09, "a");
    expect("!1002;");

    setup(state);
    frame(0x89, large, sizeof(large));
    expect("!1002;");
}


static void
test_length_must_be_written_short(void **state)
{
    static char  payload[200];

    frame_wide(0x82, payload, 125, 2);
    expect("!1002;");

    setup(state);
    frame_wide(0x82, payload, 200, 8);
    expect("!1002;");

    setup(state);
    raw("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x01mask", 14);
    expect("!1002;");
}


static void
test_declared_length_is_refused_before_its_payload(void **state)
{
    message_max = 1000;
    raw("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" "mask", 14);
    expect("!1009;");

    setup(state);
    message_max = 1000;
    raw("\x82\xfe\x03\xe9" "mask", 8);
    expect("!1009;");
}


static void
test_bound_counts_over_fragments(void **state)
{
    message_max = 10;
    text(0x02, "123456");
    text(0x00, "7890");
    text(0x80, "");
    text(0x82, "1234567890");
    expect("binary(1234567890);binary(1234567890);");

    setup(state);
    message_max = 10;
    text(0x02, "123456");
    text(0x80, "78901");
    expect("binary(123456!1009;");
}


static void
test_text_must_be_utf8(void **state)
{
    /* characters cut by fragments and by reads */

    text(0x01, "\xce");
    text(0x00, "\xba\xe1\xbd");
    text(0x89, "\xff");
    text(0x80, "\xb9");
    expect("text(\xce\xba\xe1\xbdping[\xff];\xb9);");

    setup(state);
    text(0x81, "\xce");
    feed_by(stream_len);
    assert_string_equal(told, "!1007;");

    setup(state);
    text(0x01, "\xce");
    text(0x80, "");
    feed_by(stream_len);
    assert_string_equal(told, "text(\xce!1007;");

    setup(state);
    text(0x82, "\xce\xff");
    expect("binary(\xce\xff);");
}


/* RFC 6455 section 8.1 wants it at once: not only when the message is whole */

static void
test_bad_utf8_fails_at_its_byte(void **state)
{
    size_t            used;
    chat_ws_event_t   ev;
    chat_ws_parser_t  p;

    text(0x81, "\xce\xba\xed\xa0\x80 and much more");

    chat_ws_init(&p, MESSAGE_MAX);
    assert_int_equal(chat_ws_feed(&p, stream, 6 + 3, &used, &ev),
                     CHAT_WS_DATA);
    assert_int_equal(chat_ws_feed(&p, stream + 9, 1, &used, &ev),
                     CHAT_WS_ERROR);
    assert_int_equal(ev.code, 1007);
}


static void
test_failed_stays_failed(void **state)
{
    int               i;
    size_t            used;
    uint8_t           good[6] = { 0x89, 0x80, 0, 0, 0, 0 };
    chat_ws_event_t   ev;
    chat_ws_parser_t  p;

    message_max = 1;
    chat_ws_init(&p, message_max);
    text(0x82, "ab");
    assert_int_equal(chat_ws_feed(&p, stream, stream_len, &used, &ev),
                     CHAT_WS_ERROR);

    for (i = 0; i < 3; i++) {
        assert_int_equal(chat_ws_feed(&p, good, sizeof(good), &used, &ev),
                         CHAT_WS_ERROR);
        assert_int_equal(ev.code, 1009);
        assert_int_equal(used, 0);
    }
}


static void
test_header_writer(void **state)
{
    uint8_t  out[CHAT_WS_HEADER_MAX];

    assert_int_equal(chat_ws_header(out, CHAT_WS_TEXT, 0), 2);
    assert_memory_equal(out, "\x81\x00", 2);
    assert_int_equal(chat_ws_header(out, CHAT_WS_CLOSE, 125), 2);
    assert_memory_equal(out, "\x88\x7d", 2);
    assert_int_equal(chat_ws_header(out, CHAT_WS_BINARY, 126), 4);
    assert_memory_equal(out, "\x82\x7e\x00\x7e", 4);
    assert_int_equal(chat_ws_header(out, CHAT_WS_BINARY, 65535), 4);
    assert_memory_equal(out, "\x82\x7e\xff\xff", 4);
    assert_int_equal(chat_ws_header(out, CHAT_WS_BINARY, 65536), 10);
    assert_memory_equal(out, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
}


static void
test_accept(void **state)
{
    size_t  i;
    char    out[29] = "";

    static const char  *bad[] = {
        "", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
        "dGhlIHNhbXBsZSBub25jZQ==x", "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZ-==", "dGhlIHNhbXBsZSBub25jZQ =",
        "\xff" "GhlIHNhbXBsZSBub25jZQ=="
    };

    /* the example of RFC 6455 section 1.3 */

    assert_int_equal(chat_ws_accept("dGhlIHNhbXBsZSBub25jZQ==", 24, out), 0);
    assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

    for (i = 0; i < count(bad); i++) {
        assert_int_equal(chat_ws_accept(bad[i], strlen(bad[i]), out), -1);
    }
}

#define ws_test(f)  cmocka_unit_test_setup(f, setup)


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        ws_test(test_messages),
        ws_test(test_lengths_at_each_form),
        ws_test(test_fragments_with_control_frames_in_between),
        ws_test(test_empty_fragments),
        ws_test(test_largest_control_frame),
        ws_test(test_close),
        ws_test(test_close_codes),
        ws_test(test_reserved_bits_and_opcodes),
        ws_test(test_unmasked_frame),
        ws_test(test_continuation_of_nothing),
        ws_test(test_message_inside_a_message),
        ws_test(test_control_frame_may_be_no_fragment_nor_large),
        ws_test(test_length_must_be_written_short),
        ws_test(test_declared_length_is_refused_before_its_payload),
        ws_test(test_bound_counts_over_fragments),
        ws_test(test_text_must_be_utf8),
        ws_test(test_bad_utf8_fails_at_its_byte),
        ws_test(test_failed_stays_failed),
        ws_test(test_header_writer),
        ws_test(test_accept),
    };

    return cmocka_run_group_tests_name("WebSocket frames", tests, NULL, NULL);
}
