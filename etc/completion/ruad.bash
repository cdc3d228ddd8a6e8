# SPDX-License-Identifier: BSD-2-Clause
# bash completion for ruad(8).  Mailboxes come from the database.

_ruad()
{
	local line=${COMP_LINE:0:COMP_POINT} option= value= word
	local -a words found=()
	read -ra words <<<"$line"
	if [[ $line != *[[:space:]] ]]; then
		value=${words[-1]}
		unset 'words[-1]'
	fi
	case ${words[-1]} in
	-c | --config | -m | --mailbox) option=${words[-1]} ;;
	esac
	if [[ ! $option && $value == --*=* ]]; then
		option=${value%%=*}
		value=${value#*=}
	fi
	case $option in
	-c | --config)
		mapfile -t found < <(compgen -f -- "$value")
		compopt -o filenames 2>/dev/null
		;;
	-m | --mailbox) mapfile -t found < <(
	    ruactl --format=csv query mailboxes 2>/dev/null | tail -n +2 |
	        cut -d '"' -f 2 | grep -xE '[A-Za-z0-9._-]+') ;;
	*) found=(--config= --test --print --once --mailbox= --dry-run
	    --serve-folder= --verbose --version --help) ;;
	esac
	COMPREPLY=()
	for word in "${found[@]}"; do
		[[ $word != "$value"* ]] || COMPREPLY+=("$word")
	done
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
	return 0
}

complete -F _ruad ruad
