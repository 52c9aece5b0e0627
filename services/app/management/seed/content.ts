export interface SeedNotice {
  readonly by: string;
  readonly title: string;
  readonly body: string;
  /** Hours before now. */
  readonly age: number;
  /** The hue of its picture in degrees; undefined: no picture. */
  readonly picture?: number;
  readonly isPrivate?: boolean;
  readonly comments?: readonly (readonly [by: string, text: string])[];
}

/** The first one is a moderator. */
export const PEOPLE = ["Marion", "Ada", "Grace", "Linus", "Noor", "Tomás", "Wanjiru", "Yuki"];

/** The oldest first. */
export const NOTICES: readonly SeedNotice[] = [
  {
    by: "Marion",
    title: "Welcome to the board",
    body: "Pin what your neighbours should know: lost and found, to give away, wanted, dates.\n\nPlease be kind, and take down what is settled.",
    age: 700,
    picture: 210,
  },
  {
    by: "Linus",
    title: "Ladder to lend",
    body: "Aluminium, six metres. Fetch it any evening, bring it back by Sunday.",
    age: 650,
    comments: [["Noor", "Could I have it on Thursday?"]],
  },
  {
    by: "Grace",
    title: "Choir looks for two tenors",
    body: "We meet on Tuesdays at half past seven in the school's music room. No audition, only good humour.",
    age: 600,
    picture: 280,
  },
  {
    by: "Yuki",
    title: "Japanese lessons for beginners",
    body: "Saturday mornings in the library. Ten weeks, free of charge. Bring a pencil.",
    age: 540,
    comments: [
      ["Ada", "Is there still a place?"],
      ["Yuki", "Three, in fact."],
    ],
  },
  {
    by: "Tomás",
    title: "Found: one red mitten",
    body: "It hangs on the fence at the corner of Mill Lane.",
    age: 500,
    picture: 0,
  },
  {
    by: "Wanjiru",
    title: "Tomato seedlings",
    body: "Far too many this year: yellow pear, black cherry, ox heart. Help yourself from the crate by the gate.",
    age: 460,
    picture: 100,
    comments: [["Grace", "Took two ox hearts. Thank you!"]],
  },
  {
    by: "Noor",
    title: "Wanted: bicycle for a ten-year-old",
    body: "24 inches, gears would be nice. We have a smaller one to swap.",
    age: 420,
  },
  {
    by: "Ada",
    title: "Repair café on Saturday",
    body: "Toasters, lamps, zips, bicycles. Doors open at ten; whoever can solder is welcome twice.",
    age: 380,
    picture: 40,
    comments: [
      ["Linus", "I can solder."],
      ["Tomás", "I have a toaster."],
    ],
  },
  {
    by: "Marion",
    title: "Water will be off on Wednesday",
    body: "From nine to about noon, on the even side of Harbour Street. The works department says it is the last time.",
    age: 340,
  },
  {
    by: "Linus",
    title: "Moving boxes to give away",
    body: "Thirty of them, flat, dry. First come, first served.",
    age: 300,
    comments: [["Wanjiru", "I could use ten."]],
  },
  {
    by: "Grace",
    title: "Lost: grey tabby, white paws",
    body: "Answers to Turing, or at least looks up. Last seen near the tram stop. He is shy: please call rather than chase.",
    age: 260,
    picture: 200,
    comments: [
      ["Noor", "I think I saw him behind the bakery this morning."],
      ["Grace", "Thank you, we are going there now."],
    ],
  },
  {
    by: "Tomás",
    title: "Chess in the park",
    body: "Every Sunday from two, by the fountain. Boards are there; beginners and children very welcome.",
    age: 230,
    picture: 130,
  },
  {
    by: "Yuki",
    title: "Piano, upright, must be tuned",
    body: "Ninety years old and still cheerful. Free for whoever carries it down two floors.",
    age: 200,
    picture: 25,
  },
  {
    by: "Ada",
    title: "Book swap shelf",
    body: "There is a shelf in the laundry room now. Take one, leave one. No encyclopaedias, please.",
    age: 170,
    comments: [["Marion", "What a good idea."]],
  },
  {
    by: "Wanjiru",
    title: "Running group, slow ones too",
    body: "Mondays and Thursdays at half past six from the bridge. Nobody is left behind.",
    age: 150,
  },
  {
    by: "Noor",
    title: "Cat-sitter wanted in August",
    body: "Two weeks, two cats, one balcony with a view. They are easier than they look.",
    age: 120,
    picture: 320,
    comments: [["Yuki", "I would like to. I will ring you tonight."]],
  },
  {
    by: "Linus",
    title: "Found: a set of keys",
    body: "Three keys and a bottle opener, on the bench by the playground. Describe the bottle opener and they are yours.",
    age: 90,
    picture: 55,
    isPrivate: true,
    comments: [["Tomás", "It is shaped like a penguin!"]],
  },
  {
    by: "Grace",
    title: "Turing is back",
    body: "He sat on the doorstep this morning as if nothing had happened. Thank you, all of you.",
    age: 70,
    picture: 205,
    comments: [
      ["Noor", "Hurray!"],
      ["Ada", "What a relief."],
      ["Linus", "Give him a herring from me."],
    ],
  },
  {
    by: "Marion",
    title: "Minutes of the street meeting",
    body: "The plane tree stays. The bicycle stands come in spring. The next meeting is on the first Monday of the month, seven o'clock, at the school.",
    age: 48,
  },
  {
    by: "Yuki",
    title: "Rhubarb",
    body: "It has taken over. Please come with a bag, or better with a wheelbarrow.",
    age: 30,
    picture: 345,
    comments: [["Grace", "On my way."]],
  },
  {
    by: "Tomás",
    title: "Band needs a room",
    body: "Four people, one of them a drummer. We are tidy, and we stop at nine.",
    age: 20,
  },
  {
    by: "Wanjiru",
    title: "Lift to the airport on Friday",
    body: "I leave at five in the morning and have three seats. Coffee included.",
    age: 9,
    comments: [["Noor", "One seat for me, please."]],
  },
  {
    by: "Ada",
    title: "Telescope evening",
    body: "Clear skies are promised for tomorrow: Saturn from nine o'clock, on the roof of number twelve. Bring something warm.",
    age: 4,
    picture: 240,
    comments: [["Yuki", "The rings! We will be there."]],
  },
  {
    by: "Linus",
    title: "Sourdough starter, four years old",
    body: "Lively and well behaved. Bring a jar.",
    age: 1,
    picture: 35,
  },
];
