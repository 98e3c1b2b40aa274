/**
 * Written by tools/sql-shapes.mjs from its grammar of injections; do not edit: 641 shapes, as `readShapes` of
 * shape-set.ts reads them.
 */
export const SHAPES: string =
  "0&F+ 1e+ 1t+ 0,F 2c 1e 2c 01&1BF+ 4e+ 4f+ 3c 3k1&+ 5c 3oF+ 4e+ 4f+ 4n+ 4v+ 3w1+ 4F+ 4e+ 4f+ 4s+ " +
  "4v+ 4z+ 2F+ 2e+ 2fc 3o+ 3w+ 2nk1&+ 5c 3o1+ 4F+ 4e+ 4f+ 4s+ 4v+ 4z+ 3wF+ 4e+ 4s+ 4z+ 2sc 3oF+ 4e+ " +
  "4f+ 4n+ 4v+ 3w1+ 4F+ 4e+ 4f+ 4s+ 4v+ 4z+ 2t+ 2vc 3k1&+ 5c 3o1+ 4F+ 4e+ 4f+ 4s+ 4v+ 4z+ 3w1+ 4F+ " +
  "4e+ 4f+ 4s+ 4v+ 4z+ 1;E*+ 31+ 3F+ 3e+ 3f+ 3n,n+ 4k+ 3s+ 3v+ 2F+ 2T&Tk+ 3F+ 3c+ 3f+ 3k+ 3n;c 4c " +
  "3s+ 3v+ 2e+ 2fF+ 3c 2kt+ 3v+ 1B1 3;c 3B+ 3U+ 3c 3k+ 3on+ 2F+ 2e+ 2f+ 2nB+ 3c 3o1+ 2t+ 2vc 1F+ " +
  "1UE*+ 31+ 3F+ 3e+ 3f+ 3n+ 3s+ 3v+ 2F+ 2e+ 1kF+ 2nkF+ 4t+ 2t+ 1oF+ 2e+ 1wF+ 2e+ 1xF+ 2e+ 0;E*+ " +
  "21+ 2F+ 2e+ 2f+ 2s+ 2v+ 1F+ 1TF+ 2fk1+ 4s+ 2k+ 2v+ 1e+ 1kt+ 2v+ 0B1c 1F+ 1e+ 1t+ 0E*k+ 11U+ 2k+ " +
  "1F+ 1e+ 1fc 2k+ 1nBnBf+ 1s&F+ 3e+ 3f+ 1v 2k+ 0F 1&t+ 1;E+ 2T+ 1F+ 1UE+ 1a 1c 1ns+ 2z+ 1o1 3c 2s " +
  "3c 0TF+ 1kn;+ 3c 3k1+ 4no+ 5w+ 4s+ 4t+ 4vo+ 2v;c 3c 3k1+ 4no+ 5w+ 4s+ 4t+ 4vo+ 1nkno+ 3vo+ " +
  "1vkno+ 3vo+ 0UE*+ 21+ 2F+ 2e+ 2f+ 2s+ 2v+ 1F+ 1e+ 0e&t+ 1;E*+ 31+ 3F+ 3e+ 3f+ 3n,n+ 4k+ 3s+ 3v+ " +
  "2F+ 2T&Tk+ 3F+ 3c+ 3f+ 3k+ 3n;c 4c 3s+ 3v+ 2fF+ 3c 2kt+ 3v+ 1B1 3;c 3B+ 3U+ 3c 3k+ 3on+ 2F+ 2e+ " +
  "2nB+ 3c 3o1+ 2t+ 2vc 1UE*+ 31+ 3F+ 3e+ 3f+ 3n+ 3s+ 3v+ 2F+ 2e+ 1kFs+ 3z+ 0f&t+ 1;E*k+ 3F+ 3vk+ " +
  "2TF+ 3fk1+ 5s+ 3kn 5;+ 5c 5k+ 4vc 3vf+ 1B1 3;c 3B+ 3U+ 3c 3k+ 3on+ 2F+ 2e+ 2nB+ 3c 3o1+ 2t+ 2vc " +
  "1UE*+ 31+ 3F+ 3e+ 3f+ 3n+ 3s+ 3v+ 2F+ 2e+ 1kFs+ 3z+ 0n&t+ 1;E*k+ 3F+ 3vk+ 2TF+ 3kn 5;+ 5c 5k+ " +
  "4vc 3vf+ 1B1c 2F+ 2e+ 2t+ 1UE*+ 31+ 3F+ 3e+ 3f+ 3s+ 3v+ 2F+ 2e+ 1o1&t+ 2s&t+ 0q&1&1&+ 5c 4F+ 4e+ " +
  "4nc 5o+ 4t+ 4y 4z 3;+ 3B+ 3U+ 3c 3o+ 3w1+ 4F+ 4e+ 4f+ 4s+ 4v+ 4z+ 2F+ 2e+ 2f&F+ 4e+ 4no+ 4t+ 4y " +
  "4z 3;+ 3B+ 3U+ 3c 3k1+ 3o+ 3w1+ 4F+ 4e+ 4f+ 4n 5; 5c 4s+ 4v+ 4z+ 2nk1+ 4xc 3o+ 3w1+ 4F+ 4e+ 4f+ " +
  "4n 5; 5c 4s+ 4v+ 4z+ 2s&1&+ 5c 4F+ 4e+ 4nc 5o+ 4t+ 4y 3;+ 3B+ 3U+ 3c 3o+ 3w1+ 4F+ 4e+ 4f+ 4s+ " +
  "4v+ 4z+ 2t+ 2v&F+ 4e+ 4no+ 4t+ 4y 4z 3;+ 3B+ 3U+ 3c 3k1+ 3o+ 3w1+ 4F+ 4e+ 4f+ 4n 5; 5c 4s+ 4v+ " +
  "4z+ 2w1c 2xc 2z 1,F+ 2e+ 1;E+ 2F+ 2T+ 2c+ 2fF+ 3c 2k+ 1B1+ 2F+ 2e+ 2f+ 2n,nB+ 5c 3Bno+ 4t+ 3c " +
  "3o+ 2sc 2t+ 2v+ 1F+ 1UE+ 2F+ 2e+ 1aF+ 2e+ 2fay 4z 3c 1c 1kF+ 2kk&+ 4B+ 4F+ 4U+ 4e+ 4w+ 2nkF+ 4t+ " +
  "3o1c 4sc 2t+ 2vo1c 4sc 1o1&+ 3;+ 3UE+ 3c 2F+ 2e+ 2f&+ 3;+ 3UE+ 3c 2s&+ 3UE+ 2v&+ 3;+ 3UE+ 3c 2z " +
  "1w1&+ 3;+ 3UE+ 3c 2F+ 2e+ 2f&+ 3;+ 3UE+ 3c 2s&+ 3UE+ 2v&+ 3;+ 3UE+ 3c 2z 0s&F+ 2e+ 2t+ 1;E*k+ " +
  "3F+ 3vk+ 2TF+ 3kn 5;+ 5c 5k+ 4vc 3vf+ 1B1 3;c 3B+ 3U+ 3c 3k+ 3on+ 2F+ 2e+ 2nB+ 3c 3o1+ 2t+ 2vc " +
  "1UE*+ 31+ 3F+ 3e+ 3f+ 3n+ 3s+ 3v+ 2F+ 2e+ 1kF+ 2nkF+ 4t+ 2t+ 0t&F+ 2e+ 1;E*+ 31+ 3F+ 3e+ 3f+ " +
  "3n,n+ 4k+ 3s+ 3v+ 2F+ 2T&Tk+ 3F+ 3c+ 3f+ 3k+ 3n;c 4c 3s+ 3v+ 2fF+ 3c 2kt+ 3v+ 1B1 3;c 3B+ 3U+ 3c " +
  "3k+ 3on+ 2F+ 2e+ 2nB+ 3c 3o1+ 2t+ 2vc 1UE*+ 31+ 3F+ 3e+ 3f+ 3n+ 3s+ 3v+ 2F+ 2e+ 1kFs+ 3z+ 0v&t+ " +
  "1;E*k+ 3F+ 3vk+ 2TF+ 3kn 5;+ 5c 5k+ 4vc 3vf+ 1B1 3;c 3B+ 3U+ 3c 3k+ 3on+ 2F+ 2e+ 2nB+ 3c 3o1+ " +
  "2t+ 2vc 1UE*+ 31+ 3F+ 3e+ 3f+ 3n+ 3s+ 3v+ 2F+ 2e+ 1kFs+ 3z+ 1o1&t+ 2s&t+";
