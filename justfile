# What CI runs.
ci:
    .ci/run

# Write docs/rules/ anew from the rules' comments.
rule-pages:
    UPDATE_RULE_PAGES=1 cargo test --test rule_pages

# Accept changed snapshots.
snapshots:
    INSTA_UPDATE=always cargo test --features full

# Compare whole runs with their peers.
bench:
    python3 benches/whole_runs.py
