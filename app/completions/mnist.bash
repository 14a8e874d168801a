# Completion of mnist's commands, options and their values for bash, taken from `mnist COMMAND --help`, so that it always
# fits the installed program. It works with bash 3.2, the version of macOS, too.
# shellcheck shell=bash

# _mnist_offer COMPGEN-OPTION ...: adds each line that compgen prints to COMPREPLY.
_mnist_offer() {
    local line
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(compgen "$@")
}

_mnist() {
    local program=$1 word=$2 previous=$3 command=${COMP_WORDS[1]} help argument
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _mnist_offer -W "$("$program" --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }')" -- "$word"
        return
    fi
    help=$(COLUMNS=10000 "$program" "$command" --help 2>/dev/null)
    argument=$(awk -v option="$previous" '$1 == option && /^  --[^ ]* [^ ]/ { print $2 }' <<<"$help")
    case $argument in
    '') ;;
    DIR)
        _mnist_offer -d -- "$word"
        return
        ;;
    *FILE*)
        _mnist_offer -f -- "$word"
        return
        ;;
    *) # Literal values are in lower case.
        _mnist_offer -W "$(tr '|' '\n' <<<"$argument" | grep -v '[A-Z]')" -- "$word"
        return
        ;;
    esac
    case $word in
    -*) _mnist_offer -W "$(awk '/^  --/ { print $1 }' <<<"$help")" -- "$word" ;;
    *) [[ ${help%%$'\n'*} != *FILE* ]] || _mnist_offer -f -- "$word" ;;
    esac
}
complete -o filenames -F _mnist mnist
