#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# An ordinary day with Mail::IMAPClient: mail_imapclient.pl PORT CA
use strict;
use warnings;
use IO::Socket::SSL;
use Mail::IMAPClient;

my ($port, $ca) = @ARGV;
my $imap = Mail::IMAPClient->new(
	Server => "localhost", Port => $port, User => "test",
	Password => "test", Uid => 1, Peek => 1, Timeout => 60,
	Ssl => [ SSL_ca_file => $ca, SSL_verify_mode => SSL_VERIFY_PEER ],
) or die "login: $@";

sub ok { my ($what, $got) = @_; die "$what: " . $imap->LastError . "\n"
	unless $got; return $got }

ok("capability", $imap->has_capability("UIDPLUS"));
ok("folders", join(" ", $imap->folders) =~ /\bINBOX\b/);
ok("create", $imap->create("Perl"));
ok("exists", $imap->exists("Perl"));
ok("subscribe", $imap->subscribe("Perl"));
ok("select", $imap->select("INBOX"));
die "count" unless $imap->message_count("INBOX") == 3;
my @all = $imap->messages;
die "messages: @all" unless @all == 3;
my $subject = $imap->subject($all[0]);
die "subject: $subject" unless $subject eq "first";
die "body" unless $imap->body_string($all[0]) =~ /Hi there/;
die "size" unless $imap->size($all[0]) > 100;
die "date" unless $imap->internaldate($all[0]);
my $headers = $imap->parse_headers([@all], "Subject", "From");
die "headers" unless $headers->{ $all[1] }{Subject}[0] eq "second";
my $structure = $imap->get_bodystructure($all[0]);
die "bodystructure" unless $structure->bodytype =~ /text/i;
my $envelope = $imap->get_envelope($all[0]);
die "envelope" unless $envelope->subject =~ /first/;

die "unseen" unless $imap->unseen_count("INBOX") == 3;
ok("see", $imap->see($all[0]));
die "unseen after" unless $imap->unseen_count("INBOX") == 2;
ok("flag", $imap->set_flag("Flagged", $all[1]));
my $flags = ok("flags", scalar $imap->flags($all[1]));
die "flags: @$flags" unless grep { $_ eq "\\Flagged" } @$flags;
my $found = ok("search", scalar $imap->search("SUBJECT", \"second", "FLAGGED"));
die "search: @$found" unless "@$found" eq $all[1];

ok("copy", $imap->copy("Perl", $all[1]));
ok("move", $imap->move("Perl", $all[2]));
ok("expunge", $imap->expunge);
ok("append", $imap->append_string("Perl", "Subject: made\r\n\r\nBy Perl.\r\n",
	"\\Seen"));
die "status" unless $imap->message_count("Perl") == 3;
ok("idle", my $tag = $imap->idle);
ok("done", $imap->done($tag));
ok("delete", $imap->delete_message($all[1]));
ok("close", $imap->close);
ok("select again", $imap->select("INBOX"));
die "left" unless $imap->message_count("INBOX") == 1;
ok("rename", $imap->rename("Perl", "Perl2"));
ok("logout", $imap->logout);
