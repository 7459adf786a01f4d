use Test::Nginx::Socket 'no_plan';

# Loaded but not configured, the module does nothing at all.

no_long_string();
run_tests();

__DATA__

=== TEST 1: an nginx that loads the module and doesn't use it serves files
--- config
location /hello {
    return 200 "hello\n";
}
--- request
GET /hello
--- response_body
hello
--- no_error_log
[error]
[alert]
[emerg]
chat



=== TEST 2: its directives are known only after it is loaded, and chat needs a database
--- config
location /api/ {
    chat;
}
--- must_die
--- error_log
"chat_database"
[emerg]



=== TEST 3: a directive it doesn't have is refused by nginx, with file and line
--- config
chat_no_such_directive on;
--- must_die
--- error_log eval
qr/unknown directive "chat_no_such_directive" in .*nginx\.conf:\d+/
