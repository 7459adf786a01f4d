use Test::Nginx::Socket 'no_plan';

# Directives of accounts, sessions, verification and mail: a mistake names the
# directive, what is wrong, and the line.

add_block_preprocessor(sub {
    my ($block) = @_;
    my $http = $block->http_config // '';

    $block->set_value(http_config => qq{chat_database "\$TEST_NGINX_CHAT_DATABASE";\n$http});
    $block->set_value(config => 'location /api/ { chat; }') if !defined $block->config;
    $block->set_value(request => "GET /api/v1/health/live") if !defined $block->must_die
        && !defined $block->request;
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: every directive as it may be written
--- user_files
>>> secret
s3cret
>>> key
00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
--- http_config
chat_registration invite;
chat_password memory=64m passes=3 lanes=4;
chat_session idle=30d absolute=180d;
chat_limit sign_in rate=20r/m burst=40;
chat_limit register off;
chat_limit mail rate=1r/s;
chat_limit login dry_run;
chat_limit guess rate=2r/h burst=5 dry_run;
chat_limit_headers on;
chat_hsts 30d subdomains;
chat_limit lookup rate=5r/s burst=10;
chat_limit claim rate=5r/m burst=30;
chat_limit rejoin rate=5r/h burst=3;
chat_limit token off;
chat_commit_max_size 256k;
chat_cipher_suites 3;
chat_totp key=file:$TEST_NGINX_SERVROOT/html/key;
chat_passkey rp_id=example.org origin=https://chat.example.org origin=https://web.example.org:8443 origin=http://localhost:8080;
chat_name "Example chat";
chat_web_build 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff;
chat_cors_origin https://chat.example.org https://other.example.org:8443;
chat_mail smtp://chat@mail.example.org:587 from=chat@example.org "name=Example chat" password_file=$TEST_NGINX_SERVROOT/html/secret tls=required timeout=5s;
chat_public_url https://chat.example.org/;
chat_verification code_ttl=5m link_ttl=2h;
--- request
GET /api/v1/server
--- error_code: 200
--- response_body_like: "name":"Example chat".*"registration":"invite","web_build":"0011(?:[0-9a-f]{60})".*"code_ttl":300,"link_ttl":7200,"session_idle":2592000,"session_absolute":15552000
--- no_error_log
[error]



=== TEST 2: a location has its own
--- http_config
chat_name "Everywhere";
--- config
location /api/ { chat; chat_name "Here"; chat_registration closed; }
--- request
GET /api/v1/server
--- response_body_like: "name":"Here".*"registration":"closed"



=== TEST 3: registration is one of three
--- http_config
chat_registration maybe;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid value "maybe" in .*nginx\.conf:\d+/



=== TEST 4: a cost below the least is refused
--- http_config
chat_password memory=1m;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "memory=1m" of "chat_password": write memory=19m to 1024m.* in .*nginx\.conf:\d+/



=== TEST 5: a session lasts a minute at least
--- http_config
chat_session idle=5s;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "idle=5s" of "chat_session": write idle=TIME or absolute=TIME, at least 60s each in .*nginx\.conf:\d+/



=== TEST 6: a limit is one that exists
--- http_config
chat_limit everything off;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_limit" knows no limit "everything": write one of sign_in, .* in .*nginx\.conf:\d+/



=== TEST 7: a limit remembers for 30 days at most
--- http_config
chat_limit sign_in rate=1r/h burst=721;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_limit sign_in" would remember for more than 30 days: write a greater rate .* in .*nginx\.conf:\d+/



=== TEST 8: a rate has its form
--- http_config
chat_limit sign_in rate=5;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "rate=5" of "chat_limit": write rate=Nr\/s, .* in .*nginx\.conf:\d+/



=== TEST 9: a limit is set once
--- http_config
chat_limit mail off;
chat_limit mail off;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_limit" directive is duplicate in .*nginx\.conf:\d+/



=== TEST 10: an origin is no address of a page
--- http_config
chat_cors_origin https://example.org/page;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid origin "https:\/\/example\.org\/page" of "chat_cors_origin": write https:\/\/host, .* in .*nginx\.conf:\d+/



=== TEST 11: nor is a star
--- http_config
chat_cors_origin *;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid origin "\*" of "chat_cors_origin"/



=== TEST 12: a mail server is an address
--- http_config
chat_mail mail.example.org from=chat@example.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid address in "chat_mail": write smtp:\/\/host:port .* in .*nginx\.conf:\d+/



=== TEST 13: a password never stands in it
--- http_config
chat_mail smtp://chat:hunter2@mail.example.org from=chat@example.org;
--- must_die
--- error_log
the password goes into password_file=FILE
--- no_error_log
hunter2



=== TEST 14: mails have a sender
--- http_config
chat_mail smtp://127.0.0.1;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_mail" needs from=ADDRESS.* in .*nginx\.conf:\d+/



=== TEST 15: a sender is a mail address
--- http_config
chat_mail smtp://127.0.0.1 from=chat;
--- must_die
--- error_log
invalid parameter "from=chat" of "chat_mail"



=== TEST 16: a password's file is readable
--- http_config
chat_mail smtp://chat@127.0.0.1 from=chat@example.org password_file=/nonexistent;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_mail" can't read password_file="\/nonexistent": make it readable .*\(2: No such file or directory\) in .*nginx\.conf:\d+/



=== TEST 17: a user has a password
--- http_config
chat_mail smtp://chat@127.0.0.1 from=chat@example.org;
--- must_die
--- error_log
"chat_mail" needs both smtp://USER@host and password_file=FILE



=== TEST 18: one mail has its bound of time
--- http_config
chat_mail smtp://127.0.0.1 from=chat@example.org timeout=2m;
--- must_die
--- error_log
invalid parameter "timeout=2m" of "chat_mail"



=== TEST 19: templates are all there
--- http_config
chat_mail smtp://127.0.0.1 from=chat@example.org;
chat_mail_templates $TEST_NGINX_SERVROOT/html;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_mail_templates" can't open ".*html\/verify\.subject": put it there.* in .*nginx\.conf:\d+/



=== TEST 20: and have placeholders that exist
--- user_files
>>> verify.subject
Hello {{name}}
--- http_config
chat_mail smtp://127.0.0.1 from=chat@example.org;
chat_mail_templates $TEST_NGINX_SERVROOT/html;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_mail_templates": ".*verify\.subject": unknown placeholder.*name.*placeholders are \{\{code\}\}/



=== TEST 21: the public address is one of web pages
--- http_config
chat_public_url example.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid "chat_public_url" "example\.org": write the address of the web pages.* in .*nginx\.conf:\d+/



=== TEST 22: a code is good for an hour at most
--- http_config
chat_verification code_ttl=2h;
--- must_die
--- error_log
invalid parameter "code_ttl=2h" of "chat_verification": write code_ttl=1m to 1h



=== TEST 23: the build of the web client is read from its list of files
--- user_files
>>> build.txt
hello
--- http_config
chat_web_build file:$TEST_NGINX_SERVROOT/html/build.txt;
--- request
GET /api/v1/server
--- response_body_like: "web_build":"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"



=== TEST 24: who names none says so
--- request
GET /api/v1/server
--- response_body_like: "web_build":null



=== TEST 25: a list that isn't there is said to be missing
--- http_config
chat_web_build file:/nowhere/build.txt;
--- must_die
--- error_log eval
qr/\[emerg\] .*file "\/nowhere\/build\.txt" of "chat_web_build" can't be opened, it is the build\.txt beside.* in .*nginx\.conf:\d+/



=== TEST 26: and a hash has its digits
--- http_config
chat_web_build 1234;
--- must_die
--- error_log
invalid "chat_web_build" "1234": write file: and the path of the web client's build.txt



=== TEST 27: a cipher suite is one that the server can check
--- http_config
chat_cipher_suites 1 2;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid cipher suite "2" of "chat_cipher_suites": write 1, 3 or both in .*nginx\.conf:\d+/



=== TEST 28: and written as a number
--- http_config
chat_cipher_suites X25519;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid cipher suite "X25519" of "chat_cipher_suites": write 1, 3 or both in .*nginx\.conf:\d+/



=== TEST 29: and once
--- http_config
chat_cipher_suites 1 1;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_cipher_suites" has "1" twice in .*nginx\.conf:\d+/



=== TEST 30: its directive, too
--- http_config
chat_cipher_suites 1;
chat_cipher_suites 3;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_cipher_suites" directive is duplicate in .*nginx\.conf:\d+/



=== TEST 31: a commit has a bound
--- http_config
chat_commit_max_size 2m;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_commit_max_size" must be between 1 and 1m in .*nginx\.conf:\d+/



=== TEST 32: passkeys belong to a domain
--- http_config
chat_passkey rp_id=192.0.2.1 origin=https://192.0.2.1;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "rp_id=192\.0\.2\.1" of "chat_passkey": write rp_id=DOMAIN once and origin=https:\/\/HOST 1 to 16 times, all in lower case, or off in .*nginx\.conf:\d+/



=== TEST 33: to one
--- http_config
chat_passkey rp_id=example.org rp_id=example.net origin=https://example.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "rp_id=example\.net" of "chat_passkey": write rp_id=DOMAIN once and origin=https:\/\/HOST 1 to 16 times, all in lower case, or off in .*nginx\.conf:\d+/



=== TEST 34: and to pages that nobody between can change
--- http_config
chat_passkey rp_id=example.org origin=http://example.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "origin=http:\/\/example\.org" of "chat_passkey": write rp_id=DOMAIN once and origin=https:\/\/HOST 1 to 16 times, all in lower case, or off in .*nginx\.conf:\d+/



=== TEST 35: which have no path
--- http_config
chat_passkey rp_id=example.org origin=https://example.org/chat;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "origin=https:\/\/example\.org\/chat" of "chat_passkey": write rp_id=DOMAIN once and origin=https:\/\/HOST 1 to 16 times, all in lower case, or off in .*nginx\.conf:\d+/



=== TEST 36: both are said
--- http_config
chat_passkey rp_id=example.org;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_passkey" needs rp_id=DOMAIN and origin=https:\/\/HOST in .*nginx\.conf:\d+/



=== TEST 37: once
--- http_config
chat_passkey off;
chat_passkey off;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_passkey" directive is duplicate in .*nginx\.conf:\d+/



=== TEST 38: a key is in a file
--- http_config
chat_totp key=0011;
--- must_die
--- error_log eval
qr/\[emerg\] .*invalid parameter "key=0011" of "chat_totp": write key=file:PATH, the newest first, at most 4 in .*nginx\.conf:\d+/



=== TEST 39: that can be read
--- http_config
chat_totp key=file:/nonexistent/key;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_totp" can\'t read key=file:"\/nonexistent\/key": make it readable for who starts nginx \(2: No such file or directory\) in .*nginx\.conf:\d+/



=== TEST 40: and holds one
--- user_files
>>> key
0011
--- http_config
chat_totp key=file:$TEST_NGINX_SERVROOT/html/key;
--- must_die
--- error_log eval
qr/\[emerg\] .*"chat_totp": key=file:".*key" must hold 64 hex digits, as "openssl rand -hex 32" writes them in .*nginx\.conf:\d+/
