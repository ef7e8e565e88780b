"""The HTTP door: routes parse, call one workflow and answer; errors are problem documents."""
