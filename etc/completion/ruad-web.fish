# SPDX-License-Identifier: BSD-2-Clause
# fish completion for ruad-web(8).

complete -c ruad-web -f
complete -c ruad-web -s d -r -F -d 'The database'
complete -c ruad-web -l listen -x -d 'At this path, or ADDRESS:PORT'
complete -c ruad-web -l auth-file -r -F -d 'Who may look'
complete -c ruad-web -l no-auth -d 'Anybody may, from elsewhere as well'
complete -c ruad-web -l host -x -d 'A name that it is called'
complete -c ruad-web -l workers -x -d 'Processes that answer'
complete -c ruad-web -l idle -x -d 'End when nobody has asked for so long'
complete -c ruad-web -l show-failures -d 'Show reports of single messages'
complete -c ruad-web -s v -l verbose -d 'Log each request'
complete -c ruad-web -s V -l version -d 'Print the version'
complete -c ruad-web -s h -l help -d 'Print the options'
