use Test::Nginx::Socket 'no_plan';

# A mistake in the core's directives is found by nginx -t, which names the
# directive, the place and the mend.

no_long_string();
run_tests();

__DATA__

=== TEST 1: chat without chat_database
--- config
location /api/ {
    chat;
}
--- must_die
--- error_log eval
qr/\[emerg\].*"chat" needs "chat_database", add to http \{\}: chat_database .* in .*nginx\.conf:\d+/



=== TEST 2: a connection string with an unknown key
--- http_config
chat_database "hosst=/run/postgresql dbname=chat";
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"chat_database" isn't a connection string.*"hosst".* in .*nginx\.conf:\d+/



=== TEST 3: a connection string without quotes
--- http_config
chat_database host=/run/postgresql dbname=chat;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"dbname=chat" in "chat_database".*put it in quotes.* in .*nginx\.conf:\d+/



=== TEST 4: twice
--- http_config
chat_database "host=/run/postgresql dbname=chat";
chat_database "host=/run/postgresql dbname=chat";
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"chat_database" directive is duplicate in .*nginx\.conf:\d+/



=== TEST 5: TLS that could silently be none
--- http_config
chat_database "host=127.0.0.1 dbname=chat sslmode=prefer";
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*sslmode "prefer".*"chat_database", write disable, require, verify-ca or verify-full in .*nginx\.conf:\d+/



=== TEST 6: a host that isn't found
--- http_config
chat_database "host=database.invalid dbname=chat";
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*host "database\.invalid" in "chat_database" isn't found.*hostaddr=.* in .*nginx\.conf:\d+/



=== TEST 7: a standby, where the chat has to write
--- http_config
chat_database "host=127.0.0.1 dbname=chat target_session_attrs=standby";
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*target_session_attrs "standby".*write read-write or nothing in .*nginx\.conf:\d+/



=== TEST 8: parameters out of bounds
--- http_config
chat_database "host=/run/postgresql dbname=chat" connections=17;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"connections=17" in "chat_database", write a number from 1 to 16 in .*nginx\.conf:\d+/



=== TEST 9: a time of nothing
--- http_config
chat_database "host=/run/postgresql dbname=chat" timeout=0;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"timeout=0" in "chat_database", write a time from 100ms to 10m.* in .*nginx\.conf:\d+/



=== TEST 10: a parameter that doesn't exist
--- http_config
chat_database "host=/run/postgresql dbname=chat" timeuot=5s;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"timeuot=5s" in "chat_database", it takes connections=N, timeout=T, queue=N and unsafe=on\|off.* in .*nginx\.conf:\d+/



=== TEST 11: a file of the secret that isn't there
--- http_config
chat_database file:no-such-file;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*no-such-file" of "chat_database" can't be opened, make it .* in .*nginx\.conf:\d+/



=== TEST 12: what is wrong in a file of the secret isn't repeated
--- http_config
chat_database file:$TEST_NGINX_SERVROOT/html/secret;
--- user_files
>>> secret
hunter2 dbname=chat
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"chat_database" isn't a connection string.*\(look at its file\).* in .*nginx\.conf:\d+/
--- no_error_log
hunter2



=== TEST 13: threads out of bounds
--- http_config
chat_threads auth=2 mail=0;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"mail=0" in "chat_threads", write a number from 1 to 32 in .*nginx\.conf:\d+/



=== TEST 14: threads of a kind that doesn't exist
--- http_config
chat_threads argon=2;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"argon=2" in "chat_threads", it takes auth=N, auth_queue=N, keys=N, keys_queue=N, mail=N and mail_queue=N in .*nginx\.conf:\d+/



=== TEST 15: no sockets at all
--- http_config
chat_max_sockets 0;
--- config
--- must_die
--- error_log eval
qr/\[emerg\].*"chat_max_sockets", write a number from 1 to \d+ in .*nginx\.conf:\d+/



=== TEST 16: a database that is named, but not used, is left alone
--- http_config
chat_database "host=/nonexistent dbname=chat";
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
chat:
