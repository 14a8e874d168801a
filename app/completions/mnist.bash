# Completion of mnist's commands, options and their values for bash, from what `mnist COMMAND --help` says: it knows
# what the installed program knows.
# shellcheck shell=bash

_mnist() {
    local program=$1 word=$2 previous=$3 command=${COMP_WORDS[1]} help argument
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }')" -- "$word")
        return
    fi
    help=$(COLUMNS=10000 "$program" "$command" --help 2>/dev/null)
    argument=$(awk -v option="$previous" '$1 == option && /^  --[^ ]* [^ ]/ { print $2 }' <<<"$help")
    case $argument in
    '') ;;
    DIR)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    *FILE*)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    *) # What is typed as it stands is in lower case.
        mapfile -t COMPREPLY < <(compgen -W "$(tr '|' '\n' <<<"$argument" | grep -v '[A-Z]')" -- "$word")
        return
        ;;
    esac
    COMPREPLY=()
    case $word in
    -*) mapfile -t COMPREPLY < <(compgen -W "$(awk '/^  --/ { print $1 }' <<<"$help")" -- "$word") ;;
    *) [[ ${help%%$'\n'*} != *FILE* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _mnist mnist
