# SPDX-License-Identifier: BSD-2-Clause
# fish completion for ruad(8).  Mailboxes come from the database.

function __ruad_mailboxes
    ruactl --format=csv query mailboxes 2>/dev/null | tail -n +2 |
        cut -d '"' -f 2 | string match -r '^[A-Za-z0-9._-]+$'
end

complete -c ruad -f
complete -c ruad -s c -l config -r -F -d 'Configuration'
complete -c ruad -s t -l test -d 'Check the configuration'
complete -c ruad -s T -l print -d 'Print the effective configuration'
complete -c ruad -s 1 -l once -d 'Poll every mailbox once and exit'
complete -c ruad -s m -l mailbox -x -a '(__ruad_mailboxes)' -d 'This mailbox'
complete -c ruad -s n -l dry-run -d 'Fetch and parse once, change nothing'
complete -c ruad -l serve-folder -x -d 'For ruactl import'
complete -c ruad -s v -l verbose -d 'Log more'
complete -c ruad -s V -l version -d 'Print the version'
complete -c ruad -s h -l help -d 'Print the options'
