use Test::Nginx::Socket 'no_plan';

# nginx's own errors inside the location are problems like all others.

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

=== TEST 1: 413 of client_max_body_size, by length and while it is counted
--- config
location /api/ { chat; client_max_body_size 8; }
--- raw_request eval
"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
. "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"a\":1234\r\n0\r\n\r\n"
--- error_code: 413
--- response_headers
Content-Type: application/problem+json
Cache-Control: no-store
X-Content-Type-Options: nosniff
--- response_headers_like
X-Request-Id: \S{36}
--- response_body_like: ^\{"type":"urn:ngx-chat:problem:payload_too_large","title":"[^"]+","status":413,"code":"payload_too_large","retryable":false,"request_id":"[^"]+"\}$



=== TEST 2: 403 of an access rule, with the client's request id
--- config
location /api/ { chat; deny all; }
--- request
GET /api/v1/server
--- more_headers
X-Request-Id: mine
--- error_code: 403
--- response_headers
X-Request-Id: mine
Content-Type: application/problem+json
--- response_body_like: "code":"forbidden".*"request_id":"mine"



=== TEST 3: 503 of a limit, with Retry-After
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
limit_req_zone $server_name zone=z:32k rate=1r/m;
--- config
location /api/ { chat; limit_req zone=z; }
--- request eval
["GET /api/v1/health/live", "GET /api/v1/health/live"]
--- error_code eval
[200, 503]
--- response_headers_like eval
["", "Retry-After: [1-9]\\d*"]
--- response_body_like eval
["ok", '"code":"unavailable","retryable":true']



=== TEST 4: 429 of a limit
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
limit_req_zone $server_name zone=z:32k rate=1r/m;
limit_req_status 429;
--- config
location /api/ { chat; limit_req zone=z; }
--- request eval
["GET /api/v1/health/live", "GET /api/v1/health/live"]
--- error_code eval
[200, 429]
--- response_headers_like eval
["", "Retry-After: [1-9]\\d*"]
--- response_body_like eval
["ok", '"code":"rate_limited","retryable":true']



=== TEST 5: 400 of headers that nginx refuses before it looks for a location
--- raw_request eval
"GET /api/v1/server HTTP/1.1\r\nConnection: close\r\n\r\n"
--- error_code: 400
--- response_headers
Content-Type: application/problem+json
--- response_body_like: "code":"invalid_request"



=== TEST 6: two Authorization headers are such
--- request
GET /api/v1/account
--- more_headers
Authorization: Bearer a
Authorization: Bearer b
--- error_code: 400
--- response_body_like: "code":"invalid_request"



=== TEST 7: headers over the bound
--- config
large_client_header_buffers 2 1k;
location /api/ { chat; }
--- request
GET /api/v1/server
--- more_headers eval
"X-Long: " . "x" x 2000
--- error_code: 400
--- response_headers
Content-Type: application/problem+json



=== TEST 8: a request line over the bound
--- config
large_client_header_buffers 2 1k;
location /api/ { chat; }
--- request eval
"GET /api/v1/" . "x" x 2000
--- error_code: 414
--- response_body_like: "code":"uri_too_long"



=== TEST 9: a broken chunk
--- raw_request eval
"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
. "Transfer-Encoding: chunked\r\n\r\nzz\r\n"
--- error_code: 400
--- response_body_like: "code":"invalid_request"



=== TEST 10: a transfer coding that nginx doesn't have
--- raw_request eval
"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
. "Transfer-Encoding: gzip\r\n\r\n"
--- error_code: 501
--- response_body_like: "code":"not_implemented"



=== TEST 11: a HEAD of an error has its headers only
--- request
HEAD /api/v1/none
--- error_code: 404
--- response_headers
Content-Type: application/problem+json
--- response_body:



=== TEST 12: the site's error pages don't reach into the API, its own location's do
--- config
error_page 403 404 =200 /oops.html;
location = /oops.html { internal; return 200 "oops\n"; }
location /api/ { chat; deny all; }
location /mine/ { chat; deny all; error_page 403 =403 /oops.html; }
--- request eval
["GET /api/v1/server", "GET /mine/v1/server", "GET /nowhere"]
--- error_code eval
[403, 403, 200]
--- response_body_like eval
["forbidden", "oops", "oops"]



=== TEST 13: errors of other locations are as nginx has them
--- request
GET /nowhere
--- error_code: 404
--- response_headers
Content-Type: text/html
! X-Request-Id



=== TEST 14: the access log has the problem
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
log_format chat '$status problem=$chat_problem.';
--- config
access_log logs/access.log chat;
location /api/ { chat; deny all; }
--- request
GET /api/v1/server
--- error_code: 403
--- access_log
403 problem=forbidden.



=== TEST 15: the database is away: 503, when to come again, and nothing is stuck
--- http_config
chat_database "host=/nonexistent dbname=chat";
--- request
GET /api/v1/account
--- more_headers
Authorization: Bearer ngxc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
--- error_code: 503
--- response_headers_like
Retry-After: [1-9]\d*
--- response_body_like: "code":"unavailable","retryable":true
