private import Foundation

/// Where this clone's files are, for tests that run its scripts and its programs.
public enum Repository {
    /// The clone's top folder, found from this file's place in it.
    public static let root: String = {
        var path = #filePath.split(separator: "/")
        path.removeLast(3)
        return "/" + path.joined(separator: "/")
    }()

    /// Where the build put the programs: beside the running test bundle.
    public static let products: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)])
    }()
}
