# The words of chatctl: every command is documented, nothing unknown is taken, exit codes tell what
# happened, and no password stands in a command line.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Ctl ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $ctl = ChatTest::Ctl->new($s, database => undef);
my $root = $ChatTest::Sandbox::root;

my $table = $ctl->json('--help')->{json};
my @commands = @{$table->{commands}};
cmp_ok(scalar @commands, '>', 20, 'the table of commands');

sub words { join ' ', grep { defined } @{$_[0]}{qw(group name)} }

# the man page, as a reader sees it

is(ChatTest::Process::output('mandoc', '-T', 'lint', '-W', 'warning', "$root/ctl/chatctl.8"), '',
   'the man page has no fault that mandoc knows');

open my $in, '<', "$root/ctl/chatctl.8" or die $!;
my $page = do { local $/; <$in> };
my ($described) = $page =~ /^\.Sh DESCRIPTION\n(.*?)^\.Sh JSON/ms;
my %entry;

for my $item (split /^(?=\.It )/m, $described) {
    # the words of an entry: up to its first line that is text
    my ($head) = $item =~ /^((?:\.(?!Xc).*\n)+(?:\.Xc\n)?)/ or next;
    my $flat = join ' ', map { s/^\.(?:It|Op|Xo|Xc)?\s*//r } split /\n/, $head;
    next if $flat !~ /\bIc ([a-z -]+?)(?= Ar| Oo| Op| Fl| Oc|\s*$)/;
    my $name = $1;
    $entry{$name} = { map { $_ => 1 } $flat =~ /Fl Fl ([a-z-]+)/g };
}

for my $c (@commands) {
    my $name = words($c);
    my $said = delete $entry{$name};
    ok($said, "chatctl.8 describes \"$name\"") or next;
    is_deeply([ sort keys %$said ], [ sort map { $_->{name} } @{$c->{options}} ],
              "and its options");
}
is_deeply([ keys %entry ], [], 'and no command that is none');
like($described, qr/^\.It Fl Fl $_->{name}\b/m, "and the option --$_->{name}")
    for @{$table->{options}};

# help and completion

my $usage = $ctl->run('--help')->{out};
for my $c (@commands) {
    my $name = words($c);
    like($usage, qr/^  \Q$name\E\b/m, "usage names \"$name\"");
    my $help = $ctl->run(split(' ', $name), '--help');
    is($help->{rc}, 0, "\"$name --help\" explains it");
    my @missing = grep { $help->{out} !~ /--$_->{name}\b/ } @{$c->{options}};
    is_deeply(\@missing, [], 'and all of its options');
    unlike($help->{out}, qr/[ ]\n|.{80}/, 'in lines of a terminal');
}

my $dir = $s->dir;
open my $out, '>', "$dir/completion" or die $!;
print $out $ctl->run('completion', 'bash')->{out};
close $out;

# what bash would offer after these words
sub completed {
    my (@line) = @_;
    my $words = join ' ', map { "'$_'" } @line;
    return [ sort split ' ', ChatTest::Process::output('bash', '-c', <<"END") ];
. $dir/completion
COMP_WORDS=($words); COMP_CWORD=$#line
_chatctl
printf '%s\\n' "\${COMPREPLY[\@]}"
END
}

my %groups = map { $_->{group} => 1 } grep { defined $_->{group} } @commands;
is_deeply([ grep { !/^-/ } @{completed('chatctl', '')} ],
          [ sort(keys %groups, map { $_->{name} } grep { !defined $_->{group} } @commands) ],
          'completion offers each first word');
is_deeply([ grep { !/^-/ } @{completed('chatctl', 'user', '')} ],
          [ sort map { $_->{name} } grep { ($_->{group} // '') eq 'user' } @commands ],
          'each command of a group');
is_deeply(completed('chatctl', '--database', 'dbname=x', 'user', 'list', '--st'), ['--state'],
          'an option of a command, whatever stands before');
is_deeply(completed('chatctl', 'session', 'revoke', '--sign'), ['--sign-out'], 'and another');

# what isn't understood is refused before anything is done

my @wrong = ([], ['user'], ['users'], ['user', 'lost'], ['user', 'list', 'x'], ['user', 'show'],
             ['user', 'list', '--limits', '5'], ['user', 'list', '-l'],
             ['user', 'list', '--limit'], ['user', 'list', '--limit', '5', '--limit=6'],
             ['--state', 'active', 'user', 'list'], ['user', 'delete', 'x', '--now=1']);
for my $words (@wrong) {
    my $r = $ctl->run(@$words);
    is($r->{rc}, 2, "refused: chatctl @$words");
    is($r->{out}, '', 'with nothing on standard output');
    $r = $ctl->json(@$words);
    is_deeply([ $r->{rc}, $r->{json}{error}{code} ], [2, 'usage'], 'with --json, too');
}

for my $limit (qw(0 10001 x 5x -1), ' 5') {
    is($ctl->run('--database', $s->cluster->conninfo, 'user', 'list', '--limit', $limit)->{rc}, 2,
       "--limit \"$limit\" is refused");
}

# a database that isn't there, and one without a schema

my $r = $ctl->json('--database', "host=$dir dbname=nowhere", 'stats');
is_deeply([ $r->{rc}, $r->{json}{error}{code} ], [4, 'no_database'], 'no database is exit code 4');
$s->cluster->psql_super('postgres', 'create database bare');
$r = $ctl->json('--database', $s->cluster->conninfo('postgres', 'bare'), 'stats');
is_deeply([ $r->{rc}, $r->{json}{error}{code} ], [4, 'no_schema'], 'so is no schema');
like($r->{json}{error}{message}, qr/chatctl migrate/, 'with the mend');

# passwords

for my $info ('host=x password=sesame-17', 'postgresql://u:sesame-17@x/chat') {
    $r = $ctl->run('--database', $info, 'stats');
    is($r->{rc}, 2, 'a password on the command line is refused');
    unlike($r->{out} . $r->{err}, qr/sesame/, 'and not said again');
}

open $out, '>', "$dir/conninfo" or die $!;
print $out $s->cluster->conninfo, " password=sesame-17\n";
close $out;
$r = $ctl->run('--database', "file:$dir/conninfo", 'stats');
is($r->{rc}, 0, 'it may stand in a file') or diag $r->{err};
is($ctl->run({ env => { CHAT_DATABASE => $s->cluster->conninfo . ' password=sesame-17' } },
             'stats')->{rc}, 0, 'or in the environment');
$r = $ctl->run('--database', "file:$dir/none", 'stats');
is($r->{rc}, 4, 'a file that is missing is told');

# an output that can't be written

is(system("$ChatTest::Ctl::binary --help >/dev/full 2>/dev/null") >> 8, 1,
   'a full disk is no success');

done_testing;
