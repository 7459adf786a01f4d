use Test::Nginx::Socket 'no_plan';

# What a request's body may be, and what becomes of those that may not.

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => 'chat_database "$TEST_NGINX_CHAT_DATABASE";')
        if !defined $block->http_config;
    $block->set_value(config => 'location /api/ { chat; }')
        if !defined $block->config;
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: a body needs a type that the operation takes
--- request eval
[("POST /api/v1/sessions\n{}") x 4]
--- more_headers eval
["", "Content-Type: text/plain", "Content-Type: application/jsonx", "Content-Type: application/vnd.ngx-chat.frames"]
--- error_code eval
[415, 415, 415, 415]
--- response_body_like eval
[('"code":"unsupported_media_type"') x 4]



=== TEST 2: the type may have parameters and any case
--- request eval
[("POST /api/v1/sessions\n{}") x 3]
--- more_headers eval
["Content-Type: Application/JSON", "Content-Type: application/json;charset=utf-8", "Content-Type: application/json ; x=y"]
--- error_code eval
[400, 400, 400]
--- response_body_like eval
[('"code":"missing_parameter"') x 3]



=== TEST 3: a coded body isn't decoded
--- request
POST /api/v1/sessions
{}
--- more_headers
Content-Type: application/json
Content-Encoding: gzip
--- error_code: 415



=== TEST 4: no body is an empty one
--- request
POST /api/v1/sessions
--- error_code: 400
--- response_body_like: "code":"missing_parameter"



=== TEST 5: what isn't one JSON object
--- request eval
[map { "POST /api/v1/sessions\n$_" } '{', '[]', '"x"', 'null', '{} {}', '{"a":1,}', '{"a":1,"a":2}', "{\"a\":\"\xff\"}",
 "{\"a\":\"\\u0000\"}", '{"a":1e999}', '{"a":99999999999999999999}', '{"a":' x 40 . '1' . '}' x 40, "\xef\xbb\xbf{}", '{"a":NaN}', "{'a':1}"]
--- more_headers
Content-Type: application/json
--- error_code eval
[(400) x 15]
--- response_body_like eval
[('"code":"invalid_json","retryable":false,"request_id":"[^"]+","reason":"[^"]+"') x 15]



=== TEST 6: unknown members are refused by name
--- request
POST /api/v1/sessions
{"login":"a","password":"b","remember":true}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: "code":"unknown_parameter".*"parameter":"remember"



=== TEST 7: a control body has 16 KiB, which its length tells before it is read
--- request eval
"POST /api/v1/sessions\n" . '{"login":"' . "x" x 16384 . '"}'
--- more_headers
Content-Type: application/json
--- error_code: 413
--- response_headers
Content-Type: application/problem+json
Connection: close
--- response_body_like: "code":"payload_too_large".*"max":16384



=== TEST 8: nothing asks for a body that would be refused
--- raw_request eval
"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
. "Content-Type: application/json\r\nContent-Length: 20000\r\n\r\n"
--- timeout: 10
--- error_code: 413
--- response_body_like: payload_too_large



=== TEST 9: of a chunked one it is counted
--- raw_request eval
["POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
 . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
 (map { "1000\r\n" . "x" x 4096 . "\r\n" } 1 .. 4), "1\r\nx\r\n0\r\n\r\n"]
--- error_code: 413
--- response_body_like: "code":"payload_too_large"



=== TEST 10: chunked bodies in any pieces are one body
--- raw_request eval
["POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
 . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
 "4\r\n{\"re", "\r\n5\r\nmembe", "\r\n5\r\nr\":1}\r", "\n0\r\n\r", "\n"]
--- error_code: 400
--- response_body_like: "code":"unknown_parameter".*"parameter":"remember"



=== TEST 11: 16 KiB and not a byte more fits, chunked or not, and touches no file
--- request eval
["POST /api/v1/sessions\n" . '{"remember":"' . "x" x (16384 - 15) . '"}',
 "POST /api/v1/sessions\n" . '{"remember":"' . "x" x (16384 - 14) . '"}']
--- more_headers
Content-Type: application/json
--- error_code eval
[400, 413]
--- response_body_like eval
["unknown_parameter", "payload_too_large"]
--- no_error_log
a client request body is buffered



=== TEST 12: a body that nobody asked for is thrown away, and the connection goes on
--- raw_request eval
"GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
. "GET /api/v1/nope HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
. "GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
--- ignore_response
--- access_log
"GET /api/v1/nope HTTP/1.1" 404
"GET /api/v1/health/live HTTP/1.1" 200
--- no_access_log
hello



=== TEST 13: a body that stops is given up, and leaves nothing behind
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
client_body_timeout 500ms;
--- raw_request eval
"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"login\""
--- ignore_response
--- wait: 1
--- access_log
"POST /api/v1/sessions HTTP/1.1" 408
--- no_error_log
[alert]
[error]



=== TEST 14: the password of a request that is refused is in no log
--- request
POST /api/v1/sessions
{"login":"a","password":"correct horse battery staple","x":1}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- no_error_log
correct horse
--- no_access_log
correct horse
