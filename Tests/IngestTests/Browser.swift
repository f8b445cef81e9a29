import Foundation
import Synchronization
import TestSupport

/// Debian's Chromium without a screen, driven through its DevTools protocol over a pipe: no port, no other client.
final class Browser: Sendable {
    private let process: ChildProcess
    private let profile: URL
    private let count = Atomic<Int>(0)
    private let session = Mutex("")

    /// What the browser refused.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A message of the browser's, as its JSON.
    private typealias Message = [String: Any]

    /// Starts it with one empty page.
    static func start() async throws -> Browser {
        let browser = try await Browser()
        let target = try await browser.call("Target.createTarget", ["url": "about:blank"], inPage: false, "targetId")
        let session = try await browser.call(
            "Target.attachToTarget", ["targetId": target, "flatten": true], inPage: false, "sessionId")
        browser.session.withLock { $0 = session }
        for domain in ["Page", "Runtime", "Log"] { try await browser.call("\(domain).enable") }
        return browser
    }

    private init() async throws {
        profile = FileManager.default.temporaryDirectory.appendingPathComponent("relance-browser-\(UUID().uuidString)")
        // Its pipe is 3 and 4; we have 0 and 1. No sandbox: tests run as root in CI, and it opens nothing but our own pages.
        let command = """
            exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars \
            --disable-background-networking --disable-component-update --user-data-dir='\(profile.path)' \
            --remote-debugging-pipe 3<&0 4>&1 0</dev/null 1>&2
            """
        process = try await ChildProcess(
            "/bin/bash", ["-c", command], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": profile.path])
    }

    deinit { try? FileManager.default.removeItem(at: profile) }

    // MARK: Pages

    /// How a page is looked at.
    func look(width: Int, isDark: Bool) async throws {
        try await call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600])
        try await call(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    }

    /// Opens a page and waits until it is there.
    func open(_ url: String) async throws {
        let loads = loads
        try await call("Page.navigate", ["url": url])
        try await loaded(after: loads)
    }

    /// Presses a key as a keyboard does.
    func press(_ key: String) async throws {
        let codes = ["Tab": 9, "Enter": 13]
        var down: [String: Any] = ["type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": codes[key] ?? 0]
        if key == "Enter" { down["text"] = "\r" }
        try await call("Input.dispatchKeyEvent", down)
        try await call(
            "Input.dispatchKeyEvent",
            ["type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": codes[key] ?? 0])
    }

    /// Presses a key that leads to another page, and waits for that.
    func pressAndLoad(_ key: String) async throws {
        let loads = loads
        try await press(key)
        try await loaded(after: loads)
    }

    /// What an expression is worth in the page, as text.
    func value(_ expression: String) async throws -> String {
        let answer = try await answer("Runtime.evaluate", ["expression": "String(\(expression))", "returnByValue": true])
        guard let result = answer["result"] as? Message, let value = result["value"] as? String else {
            throw Failure(description: "\(expression): \(answer)")
        }
        return value
    }

    /// A picture of the page, kept where `RELANCE_TEST_PICTURES` says; nowhere by default.
    func keepPicture(_ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["RELANCE_TEST_PICTURES"] else { return }
        let data = try await call("Page.captureScreenshot", ["format": "png"], "data")
        try Data(base64Encoded: data)?.write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
    }

    /// What the console has said: errors of pages, refused styles and pictures, exceptions.
    var complaints: [String] {
        messages.compactMap { message in
            guard let method = message["method"] as? String,
                ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"].contains(method)
            else { return nil }
            return "\(message["params"] ?? "")"
        }
    }

    private var loads: Int { messages.count { $0["method"] as? String == "Page.loadEventFired" } }

    private func loaded(after loads: Int) async throws {
        try await eventually(within: .seconds(30), "the page") { self.loads > loads }
    }

    // MARK: Protocol

    /// Everything it has said until now.
    private var messages: [Message] {
        process.standardOutput.split(separator: "\0").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? Message
        }
    }

    @discardableResult
    private func call(
        _ method: String, _ parameters: [String: Any] = [:], inPage: Bool = true, _ member: String? = nil
    ) async throws -> String {
        let answer = try await answer(method, parameters, inPage: inPage)
        guard let member else { return "" }
        guard let value = answer[member] as? String else { throw Failure(description: "\(method): no \(member)") }
        return value
    }

    private func answer(_ method: String, _ parameters: [String: Any], inPage: Bool = true) async throws -> Message {
        let id = count.add(1, ordering: .relaxed).newValue
        var message: Message = ["id": id, "method": method, "params": parameters]
        if inPage { message["sessionId"] = session.withLock { $0 } }
        let text = String(decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
        // A message ends with NUL; the line's end that follows is white space before the next one.
        try process.write(line: text + "\0")
        let marker = "\"id\":\(id),"
        try await eventually(within: .seconds(30), "an answer to \(method); it says: \(process.standardError.suffix(500))") {
            process.standardOutput.contains(marker)
                && messages.contains { $0["id"] as? Int == id }
        }
        guard let answer = messages.first(where: { $0["id"] as? Int == id }), let result = answer["result"] as? Message else {
            throw Failure(description: "\(method): \(messages.first { $0["id"] as? Int == id } ?? [:])")
        }
        return result
    }
}
