"""Slips of thumbs, ears and keyboards put right, where the right word is beyond doubt."""

import re
from functools import lru_cache

# Whole words that mean one thing only, however they were typed.
SLIPS = {
    "yes": "yuppers yess yesir yessiree yea yeah yeh yeahh yep yepp yup yupp yas yess yed yez ues yse eys ys "
    "yees yws yrs yis yess yesir yessiree yeas yesd "
    "tes yesh yessir ye yeppers yessum affirmative yesm yass yaas",
    "si": "sii sip sipi sii siii sim simon",
    "ok": "okay okey okie okk k kk oki okidoki okeydokey okey",
    "no": "noo nope nop nah naw noope nel",
    "stop": "stopp stpo sotp stp sstop tsop stoop stopo stoped ztop syop atop dtop stip",
    "unsubscribe": "unsub unsubscribed unsubcribe unsuscribe unsubscrib",
    "reschedule": "resched reschedual rescedule reshedule reschudule rescheduel resch reschdule reskedule "
    "rescheduale reshcedule rescdule",
    "cancel": "cancle cansel cancell cancelt cancal cacel cncel canel cancl kancel canceln cacnel "
    "cenacel cance "
    "camcel vancel xancel",
    "cant": "cannot cnt cannt carnt cantt kant caint cnat catn cabt",
    "sorry": "sry srry sory soory sorrry",
    "come": "cmoe coem comr",
    "wont": "wnt",
    "ill": "il illl eyell",
    "im": "iam imm",
    "you": "u yu",
    "your": "ur yr",
    "tomorrow": "tmrw tmr tomorow tommorow tommorrow tmw 2moro 2morrow tmrrw tomorro tomm 2mrw",
    "today": "2day tday",
    "tonight": "tonite 2nite",
    "appointment": "appt apt appmt appointmnt appointmet appointement apptment appoinment apointment appts "
    "appointments "
    "apptmt appontment appoitment",
    "please": "pls plz plse pleas pleaze plese",
    "thanks": "thx thnx tnx ty thnks tks thank thanx thankyou tysm",
    "because": "bc cuz cause coz becuase bcuz becuz cos",
    "there": "their theyre ther thre",
    "be": "bee",
    "see": "sea cee",
    "make": "mke maek mate mak amke",
    "need": "ned nede neeed nd",
    "going": "goin",
    "gonna": "gunna gona",
    "want": "wnat",
    "wanna": "wana",
    "dont": "dnt donot",
    "killing": "kllng killin kiling killng",
    "kill": "kil kll klil kiil",
    "myself": "mysef mysel mself meself miself myslef myslf mysself mysekf myselg",
    "die": "dei diee dye",
    "me": "mee",
    "number": "nubmer num nmbr nuber numbr",
    "wrong": "rong wrng worng wron wong",
    "text": "txt",
    "texting": "txting",
    "messages": "msgs mesages messges msges",
    "message": "msg mesage",
    "quiero": "kiero quiro qiero",
    "quitarme": "kitarme kitarse",
    "vivir": "bivir vibir bibir",
    "que": "q ke",
    "puedo": "pueod puedp pudo pueso",
    "porque": "xq pq porq",
    "gracias": "grax grasias grcias",
    "equivocado": "ekivocado equibocado equivokado equivicado",
    "numero": "nuemro nmero",
    "estare": "estarre",
    "confirmo": "comfirmo confimo confrimo konfirmo",
}
_FIXED = {slip: word for word, slips in SLIPS.items() for slip in slips.split()}

# Long words that may be a letter or two off. The first letter must be right, or the first two swapped.
_LONG = (
    "confirm confirmed confirming reschedule appointment tomorrow unsubscribe please thanks suicide "
    "suicidal overdose overdosed myself anymore hurting killing kidnapped strangle goodbye confirmar "
    "confirmado confirmada cancelar reprogramar asistir equivocado mensajes suicidarme suicidio suicida "
    "matarme quitarme lastimarme cortarme sobredosis desaparecer pastillas morirme morir vivir quiero "
)
LONG = tuple(_LONG.split())
# Real words that lie near one of those.
_REAL = (
    "message messages mandarme mandar contarme portarme comprarme cancelaron cancelen cancele cancelan "
    "cancelando cancelaste cancelled canceled cancels canceling cancelling cancellation confirms "
    "confirmation confirmations rescheduled rescheduling reschedules conform conforms please pleased "
    "pleases thinks things overdue overtime overuse hunting hurtling filling moving living leaving giving "
    "during cancelado cancelada cancelo cancela cancelacion mensaje appointed quieren quiere quiera vivo "
    "vive vivi viven mori muri morning moral asistire asiste asistio pastilla confirma confirme confirman "
    "confirmas mejor itself himself yourself herself quieto morirse viviendo mover pasteles mover movil "
    "morada suicides matarte matarlo matarla "
)
REAL = frozenset(_REAL.split())
RIGHT = REAL.union(LONG, SLIPS)


def corrected(words: str) -> str:
    return " ".join(_word(word) for word in words.split())


@lru_cache(maxsize=20_000)
def _word(word: str) -> str:
    if word in _FIXED:
        return _FIXED[word]
    if len(word) < 5 or word in RIGHT or not word.isalpha():
        return word
    near = [
        one
        for one in LONG
        if _starts_alike(word, one) and is_near(word, one, _slack(min(len(word), len(one))))
    ]
    return near[0] if near else word


def _slack(length: int) -> int:
    return 2 if length >= 8 else 1


def _starts_alike(word: str, other: str) -> bool:
    return word[0] == other[0] or word[:2] == other[1::-1]


def is_near(one: str, other: str, most: int) -> bool:
    """Letters dropped, added, changed or swapped with their neighbour: at most `most`."""
    if abs(len(one) - len(other)) > most:
        return False
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1] <= most


LEET = str.maketrans("0134578@$!", "oieastbasi")


def unmasked(text: str) -> str:
    """Letters hidden behind digits and marks, as words that filters look for are: su1cide, k!ll, s*icide."""
    return re.sub(
        r"(?=[\w@$!*]*[a-z])[\w@$!*]{3,}", lambda word: word[0].translate(LEET).replace("*", ""), text
    )
