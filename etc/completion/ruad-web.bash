# SPDX-License-Identifier: BSD-2-Clause
# bash completion for ruad-web(8).

_ruad_web()
{
	local line=${COMP_LINE:0:COMP_POINT} option= value= word
	local -a words found=()
	read -ra words <<<"$line"
	if [[ $line != *[[:space:]] ]]; then
		value=${words[-1]}
		unset 'words[-1]'
	fi
	case ${words[-1]} in
	-d | --listen | --auth-file | --host | --workers | --idle)
		option=${words[-1]}
		;;
	esac
	if [[ ! $option && $value == --*=* ]]; then
		option=${value%%=*}
		value=${value#*=}
	fi
	case $option in
	-d | --auth-file)
		mapfile -t found < <(compgen -f -- "$value")
		compopt -o filenames 2>/dev/null
		;;
	--listen | --host | --workers | --idle) ;;
	*) found=(--listen= --auth-file= --no-auth --host= --workers= --idle=
	    --show-failures --verbose --version --help) ;;
	esac
	COMPREPLY=()
	for word in "${found[@]}"; do
		[[ $word != "$value"* ]] || COMPREPLY+=("$word")
	done
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
	return 0
}

complete -F _ruad_web ruad-web
