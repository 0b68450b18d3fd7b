"""Everyday words that have nothing to do with networks: what a graph's words are held against.

Ours, from kitchens, gardens, wardrobes and concert halls. Their similarity to a mission is what a
word has by chance, and an ablation puts them in the place of a graph's words.
"""

from __future__ import annotations

_WORDS = """
apple apricot apron armchair autumn avocado baker balcony ballet banana barley basil beard
bedroom beetle berry bicycle biscuit blanket blossom bonnet bookshelf bracelet bread breakfast
broccoli brother buffalo butter butterfly button cabbage cactus calendar camel candle canoe
caramel cardigan carpet carrot castle cathedral ceiling cello cereal chapel cheese cherry
chestnut chimney chocolate cinnamon circus clarinet clay cliff clover coconut coffee comedy
copper coral cottage cotton cousin cradle cricket crocus cucumber cupboard curtain cushion
daffodil dairy daisy daughter dentist desert dessert dinner dolphin donkey drawer dumpling eagle
earring elbow elephant emerald fabric farmer feather fiddle flannel flour flute forest fountain
fridge garden garlic geranium ginger giraffe glacier glove goose grandmother granite grape grass
guitar hammock harvest hazelnut hedgehog heron hiking honey horse iceberg ivory jacket jasmine
jewel juice kangaroo kettle kitchen kitten ladder lagoon lamb lantern lavender lawn leather
lemon lemonade lettuce library lilac linen lion lizard lobster lullaby magnolia mango maple
marble marmalade meadow melon mitten moonlight mosaic mountain muffin mushroom mustard napkin
necklace nephew novel nutmeg oatmeal ocean olive omelette onion opera orange orchard orchestra
ostrich otter oven oyster paint pancake panda paprika parade parrot parsley pasta peach peacock
peanut pebble pelican pepper perfume piano picnic pigeon pillow pine plum poetry pony poppy
porcelain potato pottery pudding pumpkin quilt rabbit radish raincoat raisin raspberry recipe
ribbon river robin romance roof rooster saddle salad salmon sandal sandwich sapphire saucer
scarf sculpture seagull shampoo sheep shoulder shovel silk sister skirt sleigh sofa soup sparrow
spinach spoon squirrel staircase stew strawberry sunflower sunset supper swan sweater syrup
teacher teapot theatre thyme tiger toast toddler tomato trombone trousers trout tulip turkey
turnip turtle umbrella uncle vanilla velvet vineyard violet violin waffle walnut walrus waltz
wardrobe waterfall watermelon wedding whale wheat willow winter wool yoghurt zebra
"""
UNRELATED_WORDS: tuple[str, ...] = tuple(_WORDS.split())
