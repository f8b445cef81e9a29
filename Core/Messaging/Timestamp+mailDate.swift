import Primitives

extension Timestamp {
    /// As mails write it, RFC 5322 §3.3: `Fri, 20 Nov 2026 14:30:00 +0000`.
    var mailDate: String {
        let fields = description.split { "-T:Z".contains($0) }
        let days = Int(seconds / 86_400)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(fields[1]).map { months[$0 - 1] } ?? "Jan"
        return "\(weekday), \(fields[2]) \(month) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5].prefix(2)) +0000"
    }
}
