# A container's health check: `perl health.pl SOCKET` requests /readyz on the service's own Unix socket, since
# two edges can share one network namespace and its ports. It is not in Node: a check runs all day in every
# container, and Node's start costs 30 times as much. perl-base is in every Debian image.
use strict;
use warnings;
use Socket;

my ($path) = @ARGV;
my $fail = sub { print "$path: $_[0]\n"; exit 1 };
$SIG{ALRM} = sub { $fail->("no response within 3 seconds") };
alarm 3;
socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or $fail->($!);
connect($socket, pack_sockaddr_un($path)) or $fail->($!);
send($socket, "GET /readyz HTTP/1.0\r\n\r\n", 0) or $fail->($!);
my $response = do { local $/; <$socket> } // "";
my ($status, $body) = $response =~ m{\AHTTP/1\.1 (\d{3}) .*?\r\n\r\n(.*)\z}s
    or $fail->("no HTTP response");
print $body;
exit($status == 200 ? 0 : 1);
