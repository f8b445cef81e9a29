import Testing
import Webhooks

struct OptOutWordTests {
    @Test(arguments: [
        "STOP", "stop", "Stop.", " stop \n", "STOP!", "«STOP»", "stop 🙏", "STOPALL", "Stop all", "stop-all", "UNSUBSCRIBE",
        "Cancel",
        "END", "quit", "ARRET", "ARRÊT", "arrêt !", "Arre\u{302}t", "ARRE\u{302}T", "DESABONNER", "Désabonner", "désabonner.",
        "REVOKE",
        "OPTOUT", "opt-out", "Opt out", "\"stop\"", "stop\u{0}", "(stop)", "STOP\u{A0}",
    ]) func `an opt-out word, however it is written, opts out`(message: String) {
        #expect(OptOutWord.classify(message) == .optOut)
    }

    @Test(arguments: ["START", "start", "Start!", "UNSTOP", " unstop. "]) func `START and UNSTOP opt in again`(message: String) {
        #expect(OptOutWord.classify(message) == .optIn)
    }

    @Test(arguments: [
        "", " ", ".", "YES", "yes", "Oui", "HELP", "INFO", "stop please", "please stop", "Je ne veux pas stopper", "stopp",
        "stop2",
        "2 stop", "stop stop", "STOP 1", "end of day works", "cancel my appointment", "all stop", "out opt", "starting",
        "re start",
        "стоп", "ｓｔｏｐ", "ſtop", "st\u{F6}p", "ok", "👍", "annuler", "stop l'envoi",
        String(repeating: "stop ", count: 100), String(repeating: " ", count: 100) + "stop",
    ]) func `anything else says nothing`(message: String) {
        #expect(OptOutWord.classify(message) == nil)
    }
}
