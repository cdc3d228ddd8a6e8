# SPDX-License-Identifier: BSD-2-Clause
# fish completion for ruactl(1).  Domains, addresses and the names of queries
# come from the database; a name that could be more than that to a shell is not
# offered.

# Print the first column of an answer of ruactl.
function __ruactl_ask
    ruactl --format=csv $argv 2>/dev/null | tail -n +2 | cut -d '"' -f 2 |
        string match -r '^[A-Za-z0-9._:-]+$'
end

# Print the names of senders; no name that has quotes or anything else that a
# shell or a terminal could take for more than a name.
function __ruactl_senders
    ruactl --format=csv sender 2>/dev/null |
        sed -n 's/^[0-9]*,"\([^"]*\)",.*/\1/p' |
        string match -r '^[[:alnum:] ._:,@+()&/-]+$'
end

# Return whether this word was given.
function __ruactl_has
    contains -- $argv[1] (commandline -opc)
end

# Return whether so many arguments follow one of these commands.
function __ruactl_at
    set -l words (commandline -opc | string match -v -- '-*')
    test (count $words) -eq (math $argv[1] + 2)
    and contains -- $words[2] $argv[2..]
end

function __ruactl_is
    set -l words (commandline -opc | string match -v -- '-*')
    contains -- "$words[2]" $argv
end

function __ruactl_none
    not string match -qv -- '-*' (commandline -opc)[2..]
end

set -l period summary reports sources failures why reporters ready tls report \
    digest query
set -l domain summary reports sources failures why reporters ready dns tls \
    report lookup

complete -c ruactl -f
complete -c ruactl -s d -l database -r -F -d 'Use this database'
complete -c ruactl -l format -x -a 'table csv json jsonl' -d 'Output format'
complete -c ruactl -s h -l help -d 'Print the commands and options'
complete -c ruactl -s V -l version -d 'Print the version'

complete -c ruactl -n __ruactl_none -a summary -d 'Results of each domain'
complete -c ruactl -n __ruactl_none -a status -d 'Mailboxes, polls, failures'
complete -c ruactl -n __ruactl_none -a check -d 'The same for Nagios'
complete -c ruactl -n __ruactl_none -a metrics -d 'Numbers for Prometheus'
complete -c ruactl -n __ruactl_none -a reports -d 'The newest reports'
complete -c ruactl -n __ruactl_none -a sources -d 'Who sends as a domain'
complete -c ruactl -n __ruactl_none -a failures -d 'What fails, where and why'
complete -c ruactl -n __ruactl_none -a why -d 'Why mail fails'
complete -c ruactl -n __ruactl_none -a explain -d 'What became of one message'
complete -c ruactl -n __ruactl_none -a reporters -d 'Who reports, who stopped'
complete -c ruactl -n __ruactl_none -a ready -d 'What p=reject would stop'
complete -c ruactl -n __ruactl_none -a dns -d 'What is wrong with your DNS'
complete -c ruactl -n __ruactl_none -a tls -d 'How mail was encrypted'
complete -c ruactl -n __ruactl_none -a report -d 'Everything as a web page'
complete -c ruactl -n __ruactl_none -a show -d 'One report'
complete -c ruactl -n __ruactl_none -a digest -d 'Problems, to be mailed'
complete -c ruactl -n __ruactl_none -a alerts -d 'What began and ended'
complete -c ruactl -n __ruactl_none -a query -d 'Run a built-in query'
complete -c ruactl -n __ruactl_none -a sender -d 'Name sources'
complete -c ruactl -n __ruactl_none -a lookup -d 'Ask DNS who sources are'
complete -c ruactl -n __ruactl_none -a export -d 'All records or reports'
complete -c ruactl -n __ruactl_none -a feed -d 'Every change'
complete -c ruactl -n __ruactl_none -a import -d 'Store reports from files'
complete -c ruactl -n __ruactl_none -a backup -d 'Copy the database'
complete -c ruactl -n __ruactl_none -a prune -d 'Delete old data'
complete -c ruactl -n __ruactl_none -a help -d 'Ten questions, and what to type'

for when in __ruactl_none "__ruactl_is $period"
    complete -c ruactl -n $when -l since -x -a '7d 30d 90d 365d' \
        -d 'The last days, or from a date'
    complete -c ruactl -n $when -l until -x -d 'The last day'
    complete -c ruactl -n $when -l day -x -a yesterday -d 'Only this day'
end

complete -c ruactl -n '__ruactl_is reports sources failures why' \
    -s n -l limit -x -d 'Show at most so many rows'
complete -c ruactl -n '__ruactl_is reports failures' -l reporter -x \
    -d 'Only what this reporter tells'
complete -c ruactl -n '__ruactl_is reports' -l id -x \
    -d 'Only what its reporter calls so'
complete -c ruactl -n '__ruactl_is reports show' -l result -x -a 'fail pass' \
    -d 'Only what fails, or what passes'
complete -c ruactl -n '__ruactl_is sources' -l class -x \
    -a 'known forwarded hostile unknown compliant' -d 'Only of this class'
complete -c ruactl -n '__ruactl_is sources' -l find -x \
    -d 'Only with this in a name, address or AS'
complete -c ruactl -n '__ruactl_is sources' -l sort -x \
    -a 'name messages failing last' -d 'In this order'
complete -c ruactl -n '__ruactl_is sources' -l by -x \
    -a 'sender network address' -d 'What one row is'
complete -c ruactl -n '__ruactl_is sources' -l unknown \
    -d 'Only what fails and nobody has judged yet'
complete -c ruactl -n '__ruactl_is sources' -l failing \
    -d 'Only what fails'
complete -c ruactl -n '__ruactl_is sources' -l new \
    -d 'Only what was not seen before'
complete -c ruactl -n '__ruactl_is report' -s o -l output -r -F \
    -d 'Write to this file'
complete -c ruactl -n '__ruactl_is dns' -l server -x \
    -d 'Ask this name server'
complete -c ruactl -n '__ruactl_is dns' -l selector -x \
    -d 'Also look at this DKIM key'
complete -c ruactl -n '__ruactl_is dns' -l https \
    -d 'Also fetch the policy file of MTA-STS'
complete -c ruactl -n '__ruactl_is dns' -l offline \
    -d 'Judge what was seen before'
complete -c ruactl -n '__ruactl_is alerts' -l state -r -F \
    -d 'Remember here what has been told'
complete -c ruactl -n '__ruactl_is alerts' -l exec -x \
    -a '(__fish_complete_directories)' -d 'Tell the programs in this directory'
complete -c ruactl -n '__ruactl_is check' -l poll -x \
    -d 'How old the last good poll may be'
complete -c ruactl -n '__ruactl_is check' -l dns \
    -d 'Also look whether DNS is right'
complete -c ruactl -n '__ruactl_is check' -l server -x \
    -d 'Ask this name server'
complete -c ruactl -n '__ruactl_is explain failures' -l dns \
    -d 'Also look at the keys and records of today'
complete -c ruactl -n '__ruactl_is explain failures' -l server -x \
    -d 'Ask this name server'
complete -c ruactl -n '__ruactl_is explain' -l our-id -x \
    -d 'Believe the results of this server'
complete -c ruactl -n '__ruactl_is export' -l columns -x -a parsedmarc \
    -d 'Column names'
complete -c ruactl -n '__ruactl_is feed' -l after -x \
    -d 'Only changes after this one'
complete -c ruactl -n '__ruactl_is feed' -l cursor -r -F \
    -d 'The same, from this file'
complete -c ruactl -n '__ruactl_is feed' -l collector -x \
    -d 'Say this name'
complete -c ruactl -n '__ruactl_is feed' -l flat \
    -d 'Each record on a line of its own'
complete -c ruactl -n '__ruactl_is feed' -l follow \
    -d 'Keep printing changes'
complete -c ruactl -n '__ruactl_is feed' -s n -l limit -x \
    -d 'At most so many changes'
complete -c ruactl -n '__ruactl_is lookup' -s c -l config -r -F \
    -d 'Read this ruad.conf'
complete -c ruactl -n '__ruactl_is lookup' -l all \
    -d 'Also those that were looked up lately'
complete -c ruactl -n '__ruactl_is lookup' -l limit -x \
    -d 'At most so many sources'
complete -c ruactl -n '__ruactl_is lookup' -l mmdb -r -F \
    -d 'AS and country from this file'
complete -c ruactl -n '__ruactl_is lookup' -l cymru \
    -d 'AS and country from Team Cymru'
complete -c ruactl -n '__ruactl_is lookup' -l server -x \
    -d 'Ask this name server'
complete -c ruactl -n '__ruactl_is lookup' -l rate -x \
    -d 'Questions a second'
complete -c ruactl -n '__ruactl_is import lookup prune sender' -s n -l dry-run \
    -d 'Change nothing'
complete -c ruactl -n '__ruactl_is import' -s c -l config -r -F \
    -d 'Read this ruad.conf'
complete -c ruactl -n '__ruactl_is import' -l mailbox -x \
    -d 'From this mailbox, not files'
complete -c ruactl -n '__ruactl_is import' -l folder -x \
    -d 'This folder of it'
complete -c ruactl -n '__ruactl_is import' -l limits -x \
    -d 'What one message or file may contain'
complete -c ruactl -n '__ruactl_is import' -s q -l quiet \
    -d 'Show no progress'
complete -c ruactl -n '__ruactl_is import' -s v -l verbose \
    -d 'Also list what was already known'
complete -c ruactl -n '__ruactl_is prune' -l older-than -x \
    -d 'Delete what is older'

complete -c ruactl -n "__ruactl_at 0 $domain" -a '(__ruactl_ask query domains)'
complete -c ruactl -n '__ruactl_at 1 why' \
    -a '(__ruactl_ask sources --by=address (commandline -opc)[-1])'
complete -c ruactl -n '__ruactl_at 0 query' \
    -a '(ruactl query 2>/dev/null | cut -d " " -f 1)'
complete -c ruactl -n '__ruactl_at 1 query' -a '(__ruactl_ask query domains)'
complete -c ruactl -n '__ruactl_at 0 sender' -a 'list add remove suggest'
complete -c ruactl -n '__ruactl_at 2 sender; and __ruactl_has add' \
    -a 'own service forwarder hostile'
complete -c ruactl -n '__ruactl_at 1 sender; and __ruactl_has remove' \
    -a '(__ruactl_senders)'
complete -c ruactl -n '__ruactl_at 1 sender; and __ruactl_has suggest' \
    -a '(__ruactl_ask query domains)'
complete -c ruactl -n '__ruactl_at 0 export' -a 'records reports failures tls'
complete -c ruactl -n '__ruactl_is feed' -a 'report failure tls source'
complete -c ruactl -n '__ruactl_is import backup explain' -F
