use Test::Nginx::Socket 'no_plan';

# What the other suites lean on: requests go out as written, answers and logs
# are compared as declared.

master_on();
no_long_string();
run_tests();

__DATA__

=== TEST 1: a file, its headers, the access log
--- config
--- user_files
>>> a.txt
hello world
--- request
GET /a.txt
--- response_headers
Content-Type: text/plain
Content-Length: 12
! X-Absent
--- response_headers_like
Content-Type: text/.*
--- response_body
hello world
--- no_error_log
[error]
--- access_log
GET /a.txt



=== TEST 2: several requests, each with its own expectation, one in packets
--- config
location = /b { return 204; }
location /e {
    client_max_body_size 2;
    return 200 "$request_method $http_x $request_uri\n";
}
--- request eval
["GET /e/1", "GET /b", [{value => "POST /e/2\nab"}, {value => "c", delay_before => 0.1}]]
--- more_headers
X: 9
--- error_code eval
[200, 204, 413]
--- response_body_like eval
["GET 9 /e/1", "", "413"]



=== TEST 3: requests in a pipeline are answered in order
--- config
location /e { return 200 "$request_uri\n"; }
--- pipelined_requests eval
["GET /e/1", "GET /e/2"]
--- response_body eval
["/e/1\n", "/e/2\n"]



=== TEST 4: raw bytes with a pause; lines that come when nginx stops
--- config
--- raw_request eval
["GET / HTTP/1.0\r\n", "Host: x\r\n\r\n"]
--- raw_request_middle_delay: 0.1
--- response_body_like: It works
--- shutdown_error_log
gracefully shutting down



=== TEST 5: a filter on the body, a search in the log
--- config
location /t { return 201 "abc"; }
--- request
GET /t
--- error_code: 201
--- response_body_filters: uc
--- response_body: ABC
--- grep_error_log eval: qr/http request line: "\w+/
--- grep_error_log_out
http request line: "GET



=== TEST 6: a configuration that must be refused
--- config
no_such_directive;
--- must_die
--- error_log
unknown directive "no_such_directive"



=== TEST 7: a server on another port, written into the configuration
--- http_config
server {
    listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    location / { return 200 "behind\n"; }
}
--- config
location /p { proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1; }
--- request
GET /p
--- response_body
behind



=== TEST 8: a peer of our own gets what nginx sends
--- config
location /p {
    proxy_set_header Host x;
    proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2/;
}
--- tcp_listen: $TEST_NGINX_RAND_PORT_2
--- tcp_query eval
"GET / HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n"
--- tcp_reply eval
"HTTP/1.0 200 OK\r\n\r\nfaked\n"
--- request
GET /p
--- response_body
faked
