use Test::Nginx::Socket 'no_plan';

# What nginx -t says of mistakes with "chat" and its neighbours.

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value(http_config => 'chat_database "$TEST_NGINX_CHAT_DATABASE";')
        if !defined $block->http_config;
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: a regular expression is no prefix
--- config
location ~ ^/api { chat; }
--- must_die
--- error_log
[emerg]
"chat" works in a prefix location only
nginx.conf:



=== TEST 2: nor is an exact path
--- config
location = /api/ { chat; }
--- must_die
--- error_log
"chat" works in a prefix location only: write "location /api/ { chat; }" instead of "/api/"



=== TEST 3: nor is a named location
--- config
location @api { chat; }
--- must_die
--- error_log
"chat" works in a prefix location only



=== TEST 4: a server is no location
--- config
chat;
--- must_die
--- error_log
"chat" directive is not allowed here



=== TEST 5: once is enough
--- config
location /api/ { chat; chat; }
--- must_die
--- error_log
"chat" directive is duplicate



=== TEST 6: it takes no parameter
--- config
location /api/ { chat on; }
--- must_die
--- error_log
invalid number of arguments in "chat" directive



=== TEST 7: a location has one content handler
--- config
location /api/ { chat_metrics; chat; }
--- must_die
--- error_log
"chat" and another content handler are in the same location "/api/"



=== TEST 8: whichever comes first
--- config
location /api/ { chat; chat_metrics; }
--- must_die
--- error_log
"chat_metrics" and another content handler are in the same location "/api/"
