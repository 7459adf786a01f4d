use Test::Nginx::Socket 'no_plan';

# Foreign pages: who may read answers, who may only ask, and what no page gets.

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => 'chat_database "$TEST_NGINX_CHAT_DATABASE";
        chat_cors_origin https://app.example.org https://*.pages.example.org http://localhost:8080;')
        if !defined $block->http_config;
    $block->set_value(config => 'location /api/ { chat; }')
        if !defined $block->config;
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: a listed origin may read the answer and what its headers say
--- request
GET /api/v1/health/live
--- more_headers
Origin: https://app.example.org
--- error_code: 200
--- response_headers
Access-Control-Allow-Origin: https://app.example.org
Access-Control-Expose-Headers: ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id
Vary: Origin
! Access-Control-Allow-Credentials



=== TEST 2: a name below a listed domain, at any depth
--- request eval
[("GET /api/v1/health/live") x 3]
--- more_headers eval
["Origin: https://a.pages.example.org", "Origin: https://a.b-1.pages.example.org", "Origin: http://localhost:8080"]
--- response_headers eval
["Access-Control-Allow-Origin: https://a.pages.example.org", "Access-Control-Allow-Origin: https://a.b-1.pages.example.org",
 "Access-Control-Allow-Origin: http://localhost:8080"]



=== TEST 3: what only looks like one
--- request eval
[("GET /api/v1/health/live") x 16]
--- more_headers eval
[map { "Origin: $_" } qw(https://pages.example.org https://.pages.example.org https://apages.example.org
  https://evil.example/a.pages.example.org https://evil.example?a.pages.example.org
  https://user@a.pages.example.org https://a..pages.example.org http://a.pages.example.org
  https://a.pages.example.org:444 https://a.pages.example.org.evil.example https://app.example.org.evil.example
  https://app.example.org/ HTTPS://APP.EXAMPLE.ORG null *), 'https://evil.example#.pages.example.org']
--- error_code eval
[(200) x 16]
--- response_headers eval
[("! Access-Control-Allow-Origin\nVary: Origin") x 16]



=== TEST 4: two Origin headers are none
--- raw_request eval
"GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: https://app.example.org\r\nOrigin: https://evil.example\r\n\r\n"
--- response_headers
! Access-Control-Allow-Origin
Vary: Origin



=== TEST 5: without Origin the answer still says that it would differ
--- request
GET /api/v1/health/live
--- response_headers
Vary: Origin
! Access-Control-Allow-Origin



=== TEST 6: without the directive there is no CORS at all
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
--- request eval
["GET /api/v1/health/live", "OPTIONS /api/v1/sessions"]
--- more_headers eval
["Origin: https://app.example.org", "Origin: https://app.example.org\nAccess-Control-Request-Method: POST"]
--- error_code eval
[200, 405]
--- response_headers eval
["! Access-Control-Allow-Origin\n! Vary", "! Access-Control-Allow-Origin\n! Vary"]



=== TEST 7: a preflight
--- request
OPTIONS /api/v1/sessions
--- more_headers
Origin: https://app.example.org
Access-Control-Request-Method: POST
Access-Control-Request-Headers: authorization, content-type
--- error_code: 204
--- response_headers
Access-Control-Allow-Origin: https://app.example.org
Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE
Access-Control-Allow-Headers: Accept, Authorization, Content-Type, If-Match, X-Request-Id
Access-Control-Max-Age: 7200
Vary: Origin
! Access-Control-Allow-Credentials
--- response_body:



=== TEST 8: before passwords, rules and limits of the location
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
chat_cors_origin https://app.example.org;
limit_req_zone $server_name zone=z:32k rate=1r/m;
chat_limit sign_in rate=1r/h burst=1;
--- config
location /api/ { chat; deny all; limit_req zone=z; auth_basic "x"; auth_basic_user_file nothing; }
--- request eval
[("OPTIONS /api/v1/sessions") x 3, "GET /api/v1/health/live"]
--- more_headers eval
[("Origin: https://app.example.org\nAccess-Control-Request-Method: POST") x 3, "Origin: https://app.example.org"]
--- error_code eval
[204, 204, 204, 403]
--- response_headers eval
[("Access-Control-Allow-Origin: https://app.example.org") x 4]



=== TEST 9: a preflight of another origin
--- request
OPTIONS /api/v1/sessions
--- more_headers
Origin: https://evil.example
Access-Control-Request-Method: POST
--- error_code: 403
--- response_headers
! Access-Control-Allow-Origin
! Access-Control-Allow-Methods
Vary: Origin
--- response_body_like: "code":"origin_refused"



=== TEST 10: OPTIONS that is no preflight
--- request
OPTIONS /api/v1/sessions
--- more_headers
Origin: https://app.example.org
--- error_code: 405
--- response_headers
Allow: POST



=== TEST 11: errors can be read by who may read, nginx's own, too
--- request eval
["GET /api/v1/nowhere", "GET /api/v1/account", "POST /api/v1/sessions\n" . "x" x 2000]
--- config
location /api/ { chat; client_max_body_size 1k; }
--- more_headers
Origin: https://app.example.org
--- error_code eval
[404, 401, 413]
--- response_headers eval
[("Access-Control-Allow-Origin: https://app.example.org\nVary: Origin") x 3]



=== TEST 12: what a page can send without asking first changes nothing
--- request eval
[("POST /api/v1/sessions\n{\"login\":\"a\",\"password\":\"b\"}") x 3, "POST /api/v1/sessions\nlogin=a&password=b"]
--- more_headers eval
["Origin: https://evil.example\nContent-Type: text/plain", "Origin: https://evil.example\nContent-Type: multipart/form-data; boundary=x",
 "Origin: https://evil.example", "Origin: https://evil.example\nContent-Type: application/x-www-form-urlencoded"]
--- error_code eval
[415, 415, 415, 415]



=== TEST 13: the socket asks for the same origins
--- request eval
[("GET /api/v1/socket") x 2]
--- more_headers eval
[map { "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\nOrigin: $_" }
 "https://evil.example", "https://a.pages.example.org"]
--- error_code eval
[401, 401]
--- response_headers eval
["! Access-Control-Allow-Origin", "Access-Control-Allow-Origin: https://a.pages.example.org"]



=== TEST 14: a whole domain of the first level is nobody's
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
chat_cors_origin https://*.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid origin "https:\/\/\*\.org" of "chat_cors_origin": write https:\/\/host.* in .*nginx\.conf:\d+/



=== TEST 15: a star stands for labels alone
--- http_config
chat_database "$TEST_NGINX_CHAT_DATABASE";
chat_cors_origin https://a*.example.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid origin "https:\/\/a\*\.example\.org"/



=== TEST 16: a location has its own list
--- config
location /api/ { chat; chat_cors_origin https://other.example; }
--- request eval
[("GET /api/v1/health/live") x 2]
--- more_headers eval
["Origin: https://app.example.org", "Origin: https://other.example"]
--- response_headers eval
["! Access-Control-Allow-Origin", "Access-Control-Allow-Origin: https://other.example"]
