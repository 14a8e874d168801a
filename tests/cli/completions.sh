#!/bin/sh
# The completions that the shells offer after `mnist`: exactly the commands, options, names and folders of the program.
# The zsh functions that collect completions are replaced by functions that print them. Prints TAP.
# Usage: tests/cli/completions.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"
completions=$root/app/completions

mkdir -p here/folder bin
: >here/file
ln -s "$program" bin/mnist
export PATH="$tmp/bin:$PATH" HOME="$tmp"

# Prints each shell's completions for the last of these words, one a line.
cat >complete.bash <<'BASH'
source "$1/mnist.bash"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_mnist "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
BASH
cat >complete.zsh <<'ZSH'
autoload is-at-least
completions=$1
shift
typeset -a words=("$@")
CURRENT=$#words PREFIX=$words[-1]
offer() { for one in "$@"; do [[ $one != $PREFIX* ]] || print -r -- $one; done }
_describe() { offer ${${(P)2}%%:*}; }
compadd() { offer ${(P)2}; }
_files() { if [[ ${1-} == -/ ]]; then offer *(/N); else offer *(N); fi }
source $completions/_mnist
ZSH
cat >complete.fish <<'FISH'
source $argv[1]/mnist.fish
complete -C (string join ' ' -- $argv[2..]) | string replace -r '/?(\t.*)?$' ''
FISH

# offers SHELL WORD ...: the sorted completions, in the folder "here".
offers() {
    with=$1
    shift
    case $with in
    bash) plain=--norc ;;
    zsh) plain=-f ;;
    fish) plain=--no-config ;;
    esac
    (cd here && "$with" "$plain" "../complete.$with" "$completions" "$@") | sort
}

# check_offers SHELL TITLE EXPECTED-FILE WORD ...
check_offers() {
    with=$1 title_of=$2 expected=$3
    shift 3
    offers "$with" "$@" >offered 2>errors
    check "$with: $title_of" diff offered "$expected"
    [ ! -s errors ] || check "$with: $title_of: no error messages" cat errors -
}

mnist --help | awk '/^  [a-z]/ { print $1 }' | sort >commands
check 'there are commands' grep -x train commands
printf 'lbfgs\nsgd\n' >optimizers
printf 'auto\n' >auto
printf 'folder\n' >folders
printf 'file\nfolder\n' >files
: >nothing

for with in bash zsh fish; do
    if ! command -v "$with" >/dev/null; then
        skip "$with" "$with is missing"
        continue
    fi
    check_offers "$with" 'every command' commands mnist ''
    while read -r command; do
        mnist "$command" --help | awk '/^  --/ { print $1 }' | sort >options
        check_offers "$with" "every option of $command" options mnist "$command" --
    done <commands
    grep '^w' commands >begun
    check_offers "$with" 'the command that begins with a letter' begun mnist w
    check_offers "$with" 'the names that an option accepts' optimizers mnist train --optimizer ''
    check_offers "$with" 'the only name where numbers are accepted' auto mnist train --quiet --l2 ''
    check_offers "$with" 'nothing for a number' nothing mnist train --epochs ''
    check_offers "$with" 'folders for an option that takes a folder' folders mnist eval --output ''
    check_offers "$with" 'files for an option that takes a file' files mnist train --from ''
    check_offers "$with" 'files for a command that reads files' files mnist predict --show ''
    check_offers "$with" 'no files for a command that reads none' nothing mnist train --quiet ''
    check_offers "$with" 'nothing for an unknown command' nothing mnist juggle --
done

finish
