"""The targets of the issue that made the judge whole: how quick it is, and whether it knows what is known to be so."""

from targets import Configuration, Target

JUDGE: Configuration = "judge"
HONEST = "Adult, 4 000 rows, as many unseen real rows as stand-in, 100 tables"
DOSES = (0.01, 0.05, 0.1, 0.3)

SPEED = (
    Target("judge-seconds", "judge", "`understudy evaluate` on Adult, all scores", JUDGE, "<", 90, "s"),
    Target("judge-peak", "judge", "its peak memory", JUDGE, "<", 2, "GB"),
    Target("judge-quick", "judge", "the same with `--quick`", JUDGE, "<", 10, "s"),
    Target("judge-million", "judge", "a million rows of Adult, all scores", JUDGE, "<", 300, "s"),
)
TRUTH = (
    Target("truth-flagged", "truth", f"{HONEST}: share flagged, called unsafe as copies are", JUDGE, "<=", 0.05),
    Target(
        "truth-level", "truth", f"{HONEST}: share on which an attack is significant at 5 % after Holm, which is to be "
        "5 %: lower end of its 95 % interval", JUDGE, "<=", 0.05,
    ),
    Target("truth-safe", "truth", f"{HONEST}: share called safe", JUDGE),
    *(
        Target(
            f"truth-dose-{round(100 * dose)}", "truth", f"{dose:.0%} of it copied: distance of the membership "
            "advantage from the dose", JUDGE, "<=", 0.03,
        )
        for dose in DOSES
    ),
    Target("truth-caught", "truth", "1 % or more of it copied: share called unsafe by the quick judge", JUDGE, "=", 1),
    Target("truth-orders", "truth", "fidelity scores that put stand-ins of known quality out of order", JUDGE, "=", 0),
    Target("truth-bootstrap", "truth", "S_pMSE of a bootstrap of the training rows, which is 1", JUDGE),
    Target("truth-holdout", "truth", "S_pMSE of as many holdout rows, which is 2", JUDGE),
)  # fmt: skip
THIRD = (*SPEED, *TRUTH)
