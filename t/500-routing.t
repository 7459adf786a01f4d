use Test::Nginx::Socket 'no_plan';

# Where a request goes, and what each answer carries beside its body.

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

=== TEST 1: an operation answers JSON that nobody keeps or guesses the type of
--- request
GET /api/v1/server
--- error_code: 200
--- response_headers
Content-Type: application/json
Cache-Control: no-store
X-Content-Type-Options: nosniff
--- response_headers_like
X-Request-Id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}
--- response_body_like: ^\{"name":.*"feature_level":\d+.*\}$
--- no_error_log
[error]



=== TEST 2: HEAD is GET without the body
--- request
HEAD /api/v1/health/live
--- error_code: 200
--- response_headers
Content-Type: application/json
Content-Length: 15
--- response_body:



=== TEST 3: an unknown path is a problem that says so
--- request
GET /api/v1/nothing/here
--- error_code: 404
--- response_headers
Content-Type: application/problem+json
--- response_body_like: ^\{"type":"urn:ngx-chat:problem:unrecognized","title":"[^"]+","status":404,"code":"unrecognized","retryable":false,"request_id":"[^"]+"\}$



=== TEST 4: so is what lies beside the API's base
--- request eval
["GET /api/", "GET /api/v1", "GET /api/v1/", "GET /api/v2/server", "GET /api/server", "GET /api//v1//nope"]
--- error_code eval
[404, 404, 404, 404, 404, 404]
--- response_body_like eval
[('"code":"unrecognized"') x 6]



=== TEST 5: the path is read as nginx does: decoded, without empty and dot segments
--- request eval
["GET /api/v1/health/%6cive", "GET /api//v1/./health/x/../live"]
--- error_code eval
[200, 200]
--- response_body eval
['{"status":"ok"}', '{"status":"ok"}']



=== TEST 6: a wrong method names the right ones
--- request
POST /api/v1/server
--- error_code: 405
--- response_headers
Allow: GET, HEAD
Content-Type: application/problem+json
--- response_body_like: "code":"method_not_allowed"



=== TEST 7: OPTIONS and methods that nobody knows are wrong methods, too
--- raw_request eval
["OPTIONS /api/v1/server HTTP/1.1\r\nHost: x\r\n\r\n"
 . "BREW /api/v1/server HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]
--- ignore_response
--- access_log
"OPTIONS /api/v1/server HTTP/1.1" 405
"BREW /api/v1/server HTTP/1.1" 405



=== TEST 8: a client's request id comes back, in header and problem
--- request
GET /api/v1/nothing
--- more_headers
X-Request-Id: trace.01_A-z
--- error_code: 404
--- response_headers
X-Request-Id: trace.01_A-z
--- response_body_like: "request_id":"trace.01_A-z"



=== TEST 9: an id of 64 bytes is kept
--- request
GET /api/v1/health/live
--- more_headers eval
"X-Request-Id: " . ("a" x 64)
--- response_headers eval
"X-Request-Id: " . ("a" x 64)



=== TEST 10: a longer one isn't
--- request
GET /api/v1/health/live
--- more_headers eval
"X-Request-Id: " . ("a" x 65)
--- response_headers_like
X-Request-Id: [0-9a-f-]{36}



=== TEST 11: nor one with other characters
--- request
GET /api/v1/health/live
--- more_headers
X-Request-Id: a"b
--- response_headers_like
X-Request-Id: [0-9a-f-]{36}



=== TEST 12: unknown query parameters are refused by name
--- request
GET /api/v1/server?page=1
--- error_code: 400
--- response_body_like: "code":"unknown_parameter".*"parameter":"page"



=== TEST 13: a token in the query is such a parameter, and isn't told back
--- request
GET /api/v1/account?access_token=ngxc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
--- error_code: 400
--- response_body_like: "code":"unknown_parameter"
--- response_body_unlike: ngxc_



=== TEST 14: a query that isn't percent-encoded is refused
--- request eval
["GET /api/v1/server?a=%zz", "GET /api/v1/server?a=%00"]
--- error_code eval
[400, 400]
--- response_body_like eval
[('"code":"invalid_parameter".*"parameter":"query"') x 2]



=== TEST 15: an operation for sessions asks for a token
--- request
GET /api/v1/account
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer realm="chat"
Content-Type: application/problem+json
--- response_body_like: "code":"unauthorized"



=== TEST 16: a token that isn't one
--- request eval
[("GET /api/v1/account") x 5]
--- more_headers eval
["Authorization: Bearer", "Authorization: Bearer a b", "Authorization: bearer x",
 "Authorization: Bearer " . "x" x 4000, "Authorization: Bearer ngxc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
--- error_code eval
[401, 401, 401, 401, 401]
--- response_headers eval
[('WWW-Authenticate: Bearer realm="chat", error="invalid_token"') x 5]



=== TEST 17: another scheme is somebody else's
--- request
GET /api/v1/server
--- more_headers
Authorization: Basic eDp5
--- error_code: 200



=== TEST 18: a token isn't written into the access log, even when the log asks for the header
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
log_format auth '$request_uri [$http_authorization]';
--- config
access_log logs/access.log auth;
location /api/ { chat; }
--- request
GET /api/v1/account
--- more_headers
Authorization: Bearer ngxc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
--- error_code: 401
--- access_log
/api/v1/account [
--- no_access_log
ngxc_



=== TEST 19: the access log has the operation
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
log_format chat '$request_uri $status op=$chat_operation problem=$chat_problem account=$chat_account session=$chat_session.';
--- config
access_log logs/access.log chat;
location /api/ { chat; }
--- request
GET /api/v1/server
--- access_log
/api/v1/server 200 op=server_get problem=- account=- session=-.



=== TEST 20: and the problem
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
log_format chat '$request_uri $status op=$chat_operation problem=$chat_problem account=$chat_account session=$chat_session.';
--- config
access_log logs/access.log chat;
location /api/ { chat; }
--- request
GET /api/v1/account
--- error_code: 401
--- access_log
/api/v1/account 401 op=account_get problem=unauthorized account=- session=-.



=== TEST 21: and neither where there is no chat
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
log_format chat '$request_uri $status op=$chat_operation problem=$chat_problem account=$chat_account session=$chat_session.';
--- config
access_log logs/access.log chat;
location /api/ { chat; }
location /other { return 204; }
--- request
GET /other
--- error_code: 204
--- access_log
/other 204 op=- problem=- account=- session=-.



=== TEST 22: requests in a pipeline are answered in order
--- pipelined_requests eval
["GET /api/v1/health/live", "GET /api/v1/none", "GET /api/v1/health/live"]
--- more_headers
X-Request-Id: p
--- error_code eval
[200, 404, 200]
--- response_body_like eval
['ok', 'unrecognized', 'ok']



=== TEST 23: the location may have any prefix, and needs no slash at its end
--- config
location /deep/er { chat; }
location /with/ { chat; }
--- request eval
["GET /deep/er/v1/health/live", "GET /deep/erv1/health/live", "GET /with/v1/health/live"]
--- error_code eval
[200, 404, 200]



=== TEST 24: "if" and "limit_except" inside the location are still the location
--- config
location /api/ {
    chat;
    set $a 0;
    if ($arg_wait) { set $a 1; }
    limit_except GET { deny all; }
}
--- request eval
["GET /api/v1/health/live", "GET /api/v1/health/live?wait=1", "POST /api/v1/sessions"]
--- error_code eval
[200, 400, 403]
--- response_body_like eval
["ok", "unknown_parameter", "forbidden"]



=== TEST 25: a subrequest is refused
--- config
location /api/ { chat; }
location /guarded {
    auth_request /api/v1/server;
    return 200;
}
location /file {
    auth_request /api/v1/health/live;
    alias html/index.html;
}
--- request
GET /file
--- error_code: 403
--- error_log
chat: a subrequest to "/api/v1/health/live" is refused



=== TEST 26: metrics and the table of operations are there for whom they are configured
--- config
location /api/ { chat; }
location = /metrics { chat_metrics; }
location = /operations { chat_operations; }
--- request eval
["GET /api/v1/health/live", "GET /metrics", "GET /operations", "POST /metrics"]
--- error_code eval
[200, 200, 200, 405]
--- response_headers_like eval
["", "Content-Type: text/plain; version=0.0.4", "Content-Type: application/x-ndjson", ""]
--- response_body_like eval
["ok", 'health_live', '"name":"server_get","method":"GET","path":"server"', "405"]
