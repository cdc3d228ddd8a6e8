# SPDX-License-Identifier: BSD-2-Clause
# bash completion for ruactl(1).  Domains, addresses and the names of queries
# come from the database; a name that could be more than that to a shell is not
# offered.

# Print the first column of an answer of ruactl.
_ruactl_ask()
{
	ruactl ${database:+-d "$database"} --format=csv "$@" 2>/dev/null |
	    tail -n +2 | cut -d '"' -f 2 | grep -xE '[A-Za-z0-9._:-]+'
}

# Print the names of senders, one a line; no name that has quotes or anything
# else that a shell or a terminal could take for more than a name.
_ruactl_senders()
{
	ruactl ${database:+-d "$database"} --format=csv sender 2>/dev/null |
	    sed -n 's/^[0-9]*,"\([^"]*\)",.*/\1/p' |
	    grep -xE '[[:alnum:] ._:,@+()&/-]+'
}

_ruactl_options()
{
	local period='--since= --until= --day='
	echo '--database= --format= --help --version'
	case $1 in
	'' | *[.:]* | summary | reporters | ready | tls | digest | query)
		echo "$period" ;;
	failures) echo "$period --limit= --reporter= --dns --server=" ;;
	reports) echo "$period --limit= --reporter= --id= --result=" ;;
	show) echo '--result=' ;;
	why) echo "$period --limit=" ;;
	sources) echo "$period --limit= --unknown --failing --new --class=" \
	    '--find= --by= --sort=' ;;
	report) echo "$period --output=" ;;
	dns) echo '--server= --selector= --https --offline' ;;
	alerts) echo '--state= --exec=' ;;
	check) echo '--poll= --dns --server=' ;;
	explain) echo '--dns --server= --our-id=' ;;
	export) echo '--columns=' ;;
	feed) echo '--after= --cursor= --collector= --flat --follow --limit=' ;;
	import) echo '--config= --mailbox= --folder= --dry-run --limits=' \
	    '--quiet --verbose' ;;
	prune) echo '--older-than= --dry-run' ;;
	sender) echo '--dry-run' ;;
	lookup) echo '--config= --dry-run --all --limit= --mmdb= --cymru' \
	    '--server= --rate=' ;;
	esac
}

# Print what may come next: $1 is the command, the rest its arguments so far.
_ruactl_arguments()
{
	case $#,$1 in
	0,) echo summary status check metrics reports sources failures why \
	    explain reporters ready dns tls report show digest alerts query \
	    sender lookup export feed import backup prune help ;;
	1,summary | 1,reports | 1,sources | 1,failures | 1,why | 1,ready | \
	    1,reporters | 1,dns | 1,tls | 1,report | 1,lookup | 2,query)
		_ruactl_ask query domains ;;
	2,why) { _ruactl_ask sources --by=address "$2"
		ruactl ${database:+-d "$database"} --format=csv sources "$2" \
		    2>/dev/null | tail -n +2 | cut -d '"' -f 4 |
		    grep -xE '[A-Za-z0-9._:/-]+'; } | sort -u ;;
	1,query) ruactl ${database:+-d "$database"} query 2>/dev/null |
	    cut -d ' ' -f 1 ;;
	1,sender) echo list add remove suggest ;;
	2,sender) [[ $2 != suggest ]] || _ruactl_ask query domains ;;
	3,sender) [[ $2 != add ]] || echo own service forwarder hostile ;;
	1,export) echo records reports failures tls ;;
	*,feed) echo report failure tls source ;;
	esac
}

# Offer the names of senders for what was typed of one: $1, with its backslashes
# or the quote that it begins with.
_ruactl_offer_senders()
{
	local name
	COMPREPLY=()
	while read -r name; do
		if [[ $1 == [\"\']* ]]; then
			[[ $name != "${1:1}"* ]] || COMPREPLY+=("$name")
		else
			printf -v name %q "$name"
			[[ $name != "$1"* ]] ||
			    COMPREPLY+=("${name#"${1%"${1##*:}"}"}")
		fi
	done < <(_ruactl_senders)
}

_ruactl()
{
	local line=${COMP_LINE:0:COMP_POINT} database= option= value= files= word
	local -a words given=() found=()
	read -ra words <<<"$line"
	if [[ $line != *[[:space:]] ]]; then
		value=${words[-1]}
		unset 'words[-1]'
	fi
	for word in "${words[@]:1}"; do
		case $option,$word in
		-d,* | --database,*) database=$word option= ;;
		-*,*) option= ;;
		,-n) [[ ${given[0]} == @(import|lookup|prune|sender) ]] ||
		    option=-n ;;
		,-d | ,-o | ,--database | ,--output | ,--format | ,--limit | \
		    ,--class | ,--find | ,--sort | ,--id | ,--result | \
		    ,--by | ,--reporter | ,--server | ,--selector | \
		    ,--since | ,--until | ,--day | ,--poll | ,--after | \
		    ,--our-id | ,-c | ,--config | ,--mmdb | ,--rate | \
		    ,--columns | ,--older-than | ,--limits | \
		    ,--mailbox | ,--folder | ,--state | ,--exec) option=$word ;;
		,--database=*) database=${word#*=} ;;
		,-?*) ;;
		*) given+=("$word") ;;
		esac
	done
	if [[ ! $option && $value == --*=* ]]; then
		option=${value%%=*}
		value=${value#*=}
	fi
	# A name may have spaces.
	if [[ ! $option && $value != -* && ${given[*]::2} == 'sender remove' &&
	    ( ${#given[@]} -eq 2 || ${given[2]} == [\"\']* ||
	    ${given[-1]} == *\\ ) ]]; then
		word=${line#*[[:space:]]remove[[:space:]]}
		while [[ $word == [[:space:]]* || $word == -* ]]; do
			[[ $word != -* ]] || word=${word#*[[:space:]]}
			word=${word#[[:space:]]}
		done
		_ruactl_offer_senders "$word"
		return 0
	fi
	case $option in
	-d | --database | -o | --output | -c | --config | --mmdb | --state | \
	    --exec) files=yes ;;
	--format) found=(table csv json jsonl) ;;
	--columns) found=(parsedmarc) ;;
	--by) found=(sender network address) ;;
	--class) found=(known forwarded hostile unknown compliant) ;;
	--sort) found=(name messages failing last) ;;
	--result) found=(fail pass) ;;
	--day) found=(yesterday) ;;
	--mailbox) mapfile -t found < <(_ruactl_ask query mailboxes) ;;
	--limits) found=(message= unpacked= mail_unpacked= records=) ;;
	--since) found=(7d 30d 90d 365d) ;;
	'')
		if [[ $value == -* ]]; then
			read -rd '' -a found < <(_ruactl_options "${given[0]}")
		elif [[ ${given[0]} == import ||
		    ${given[*]} == @(backup|explain) ]]; then
			files=yes
		else
			read -rd '' -a found < <(_ruactl_arguments "${given[@]}")
		fi
		;;
	esac
	if [[ $files ]]; then
		mapfile -t found < <(compgen -f -- "$value")
		compopt -o filenames 2>/dev/null
	fi
	# Readline replaces what comes after the last colon.
	COMPREPLY=()
	for word in "${found[@]}"; do
		[[ $word != "$value"* ]] ||
		    COMPREPLY+=("${word#"${value%"${value##*:}"}"}")
	done
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
	return 0
}

complete -F _ruactl ruactl
