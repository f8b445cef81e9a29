/// The release, as `--version` and the logs say it.
public let relanceVersion = "0.1.0"
