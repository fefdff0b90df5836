#!/bin/sh
# A video from nothing: a project of two files, three edits, one of them taken back, and the export.
set -eu
vbtui projects
vbtui media add beach.mp4 town.jpg --project "Urban Dreams" --local
vbtui say combine these clips --project "Urban Dreams"
vbtui say add a title "Hello" at the start --project "Urban Dreams"
vbtui say make it shorter --project "Urban Dreams" || [ $? -eq 7 ]   # 7: it asks how long
vbtui answer 3 seconds --project "Urban Dreams"
vbtui undo --project "Urban Dreams"
vbtui timeline --project "Urban Dreams"
vbtui export --project "Urban Dreams" --quality low -o dreams.mp4
