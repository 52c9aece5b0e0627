# `perl steer.pl INDEX` has the kernel give every new connection to one of the listening sockets that share a
# port by SO_REUSEPORT, by its place in the order in which they began to listen; without an index it divides the
# connections among all again. Descriptor 3 is any one of them. Node has no setsockopt.
use strict;
use warnings;

use constant {
    SOL_SOCKET               => 1,
    SO_ATTACH_REUSEPORT_CBPF => 51,
    SO_DETACH_REUSEPORT_BPF  => 68,
    BPF_RETURN_CONSTANT      => 0x06,
};

my ($index) = @ARGV;
open(my $socket, "+<&=", 3) or die "descriptor 3: $!\n";
if (defined $index) {
    # struct sock_filter, and struct sock_fprog with its number and its address.
    my $filter = pack("S C C L", BPF_RETURN_CONSTANT, 0, 0, $index);
    my $program = pack("S x![P] P", 1, $filter);
    setsockopt($socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, $program) or die "attach: $!\n";
}
else {
    setsockopt($socket, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, pack("i", 0)) or $!{ENOENT}
        or die "detach: $!\n";
}
