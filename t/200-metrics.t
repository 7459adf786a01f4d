# What an operator's Prometheus gets: well-formed text, one truth whichever
# worker answers, kept across reloads, and a bounded set of series.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Process ();
use ChatTest::Sandbox ();

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    workers => 3,
    server => 'location = /metrics { chat_metrics; }',
);
my $api = $sandbox->client($nginx);
my $plain = $sandbox->client($nginx, base => '');

sub metrics { $plain->get('/metrics')->{body} }

sub value {
    my ($series, $text) = @_;
    $text = metrics() if !defined $text;
    return $text =~ /^\Q$series\E (\S+)$/m ? $1 : undef;
}

my $answer = $plain->get('/metrics');
is $answer->{status}, 200, 'metrics are served';
like $answer->{headers}{'content-type'}, qr{^text/plain; ?version=0\.0\.4},
    'as the text format that Prometheus asks for';

my (%help, %type, %seen, @bad);
for my $line (split /\n/, $answer->{body}) {
    if ($line =~ /^# HELP (\S+) \S/) { push @bad, $line if $help{$1}++; next }
    if ($line =~ /^# TYPE (\S+) (counter|gauge|histogram)$/) {
        push @bad, $line if $type{$1};
        $type{$1} = $2;
        next;
    }
    my ($name, $labels) = $line =~
        /^([a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? [0-9.]+$/;
    my $family = $name // '';
    $family =~ s/_(?:bucket|sum|count)$// if !$type{$family};
    push @bad, $line if !defined $name || !$type{$family}
        || $seen{$name . ($labels // '')}++
        || ($type{$family} eq 'counter' && $name !~ /_total$/);
}

is_deeply \@bad, [], 'each line is a series with a type, once';
is_deeply [sort keys %help], [sort keys %type], 'each family has a help text';
is substr($answer->{body}, -1), "\n", 'the last line is whole';
unlike $answer->{body}, qr/\Q$_\E/, "no worker's pid is a label"
    for map { "\"$_\"" } $nginx->workers;

# nothing in this request depends on the database
$api->get('/server') for 1 .. 30;

my $want = value('ngx_chat_operations_total{operation="server_get",result="200"}');
$want //= '';
my %told = map { value(
    'ngx_chat_operations_total{operation="server_get",result="200"}') // '' => 1 }
    1 .. 12;
is_deeply \%told, { 30 => 1 }, 'every worker tells the same sum'
    or diag metrics();

is value('ngx_chat_workers'), 3, 'three workers are counted';

$nginx->wait_gone(20, $nginx->reload);
is value('ngx_chat_operations_total{operation="server_get",result="200"}'), 30,
    'counters outlive a reload';

ok ChatTest::Process::wait_for(10, sub { value('ngx_chat_workers') == 3 }),
    'those who left are not counted any more';

$nginx->kill_worker(0);
is value('ngx_chat_operations_total{operation="server_get",result="200"}'), 30,
    'and the death of a worker';

my ($last, $rising, $text) = (0, 1, metrics());
for my $n ($text =~ /^ngx_chat_pg_seconds_bucket\{.*?\} (\d+)$/mg) {
    $rising = 0 if $n < $last;
    $last = $n;
}
ok $rising, 'the buckets of the histogram add up';
is value('ngx_chat_pg_seconds_count', $text), $last, 'to its count';

is_deeply [$nginx->complaints], [], 'no alerts';

done_testing;
