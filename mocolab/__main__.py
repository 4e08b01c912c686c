from mocolab.cli import main

main()
